#include <stddef.h>
#include <stdint.h>
struct v { int n; float gain; float *x; float *y; };
void member_scale(struct v *s) {
 for (int i = 0; i < s->n; i++) s->x[i] = s->x[i] * 2.0f;
}
