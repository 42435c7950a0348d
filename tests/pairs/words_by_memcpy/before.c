#include <stddef.h>
#include <stdint.h>
#include <string.h>
typedef struct { float r, i; } cpx;
static uint32_t rd(const void *p) { uint32_t v; memcpy(&v, p, 4); return v; }
uint32_t words_by_memcpy(const uint8_t *p, int n) { uint32_t s = 0;
 for (int i = 0; i < n; i++) { s += rd(p + 4*i); }
 return s; }
