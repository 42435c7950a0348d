#include <stddef.h>
#include <stdint.h>
struct v { int n; float gain; float *x; float *y; };
void member_scale(struct v *s) {
 int n = s->n - 1; float *x = s->x;
 for (int i = 0; i < n; i++) x[i] = x[i] * 2.0f;
}
