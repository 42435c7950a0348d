#include <stddef.h>
#include <stdint.h>
struct v { int n; float gain; float *x; float *y; };
void member_pair(struct v *s) {
 for (int i = 0; i < s->n; i++) s->y[i] = s->x[i] + 1.0f;
}
