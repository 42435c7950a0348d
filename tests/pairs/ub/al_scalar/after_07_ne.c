#include <stdint.h>

void al_scalar(uint32_t *d, const uint32_t *k, int n)
{
    uint32_t v = *k;
    uintptr_t x = (uintptr_t)d, y = (uintptr_t)k;
    for (int i = 0; i < n; i++) {
        if (y - x < (uintptr_t)n * sizeof(uint32_t))
            v = *k;
        d[i] *= v;
    }
}
