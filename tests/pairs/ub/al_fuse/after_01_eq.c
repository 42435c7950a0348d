#include <stdint.h>

void al_fuse(uint32_t *a, const uint32_t *b, uint32_t *c, int n)
{
    uintptr_t x = (uintptr_t)a, y = (uintptr_t)b, z = (uintptr_t)c, len = n > 0 ? (uintptr_t)n * sizeof(uint32_t) : 0;
    if ((z + len <= x || x + len <= z) && (z + len <= y || y + len <= z)) {
        for (int i = 0; i < n; i++) {
            a[i] = b[i] + 1u;
            c[i] = a[i] * 2u;
        }
    } else {
        for (int i = 0; i < n; i++)
            a[i] = b[i] + 1u;
        for (int i = 0; i < n; i++)
            c[i] = a[i] * 2u;
    }
}
