#include <stddef.h>
#include <stdint.h>
struct v { int n; float gain; float *x; float *y; };
void member_scale(struct v *s) {
 int n = s->n; float *x = s->x; int i = 0;
 for (; i + 1 < n; i += 2) { x[i] = x[i] * 2.0f; x[i+1] = x[i+1] * 2.0f; }
 for (; i < n; i++) x[i] = x[i] * 2.0f;
}
