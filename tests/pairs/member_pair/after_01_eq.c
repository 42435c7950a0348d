#include <stddef.h>
#include <stdint.h>
struct v { int n; float gain; float *x; float *y; };
void member_pair(struct v *s) {
 int n = s->n; float *x = s->x; float *y = s->y;
 for (int i = 0; i < n; i++) y[i] = x[i] + 1.0f;
}
