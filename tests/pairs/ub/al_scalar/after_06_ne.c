#include <stdint.h>

void al_scalar(uint32_t *d, const uint32_t *k, int n)
{
    if (n <= 0)
        return;
    uintptr_t x = (uintptr_t)d, y = (uintptr_t)k, end = x + (uintptr_t)n * sizeof(uint32_t);
    if (y < x || y >= end - 8) {
        uint32_t v = *k;
        for (int i = 0; i < n; i++)
            d[i] *= v;
    } else {
        for (int i = 0; i < n; i++)
            d[i] *= *k;
    }
}
