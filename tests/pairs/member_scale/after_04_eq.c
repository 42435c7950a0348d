#include <stddef.h>
#include <stdint.h>
struct v { int n; float gain; float *x; float *y; };
void member_scale(struct v *s) {
 for (int i = 0; i < s->n; i++) { float *p = s->x + i; *p = *p * 2.0f; }
}
