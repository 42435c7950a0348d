#include <stddef.h>
#include <stdint.h>
#include <string.h>
typedef struct { float r, i; } cpx;
static uint32_t rd(const void *p) { uint32_t v; memcpy(&v, p, 4); return v; }
void complex_copy(cpx *restrict o, const cpx *restrict x, int n) {
 int i = 0; for (; i + 1 < n; i += 2) { { cpx t = x[i]; cpx u; u.r = t.r * 2; u.i = t.i - t.r; o[i] = u;} { cpx t = x[(i+1)]; cpx u; u.r = t.r * 2; u.i = t.i - t.r; o[(i+1)] = u;} }
 for (; i < n; i++) { { cpx t = x[i]; cpx u; u.r = t.r * 2; u.i = t.i - t.r; o[i] = u;} }
  }
