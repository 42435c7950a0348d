#include <stddef.h>
#include <stdint.h>
struct v { int n; float gain; float *x; float *y; };
void member_pair(struct v *s) {
 int n = s->n; float *x = s->x; float *y = s->y; int i = 0;
 for (; i + 1 < n; i += 2) { float a = x[i], b = x[i+1]; y[i] = a + 1.0f; y[i+1] = b + 1.0f; }
 for (; i < n; i++) y[i] = x[i] + 1.0f;
}
