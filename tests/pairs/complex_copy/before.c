#include <stddef.h>
#include <stdint.h>
#include <string.h>
typedef struct { float r, i; } cpx;
static uint32_t rd(const void *p) { uint32_t v; memcpy(&v, p, 4); return v; }
void complex_copy(cpx *restrict o, const cpx *restrict x, int n) {
 for (int i = 0; i < n; i++) { { cpx t = x[i]; cpx u; u.r = t.r * 2; u.i = t.i - t.r; o[i] = u;} }
  }
