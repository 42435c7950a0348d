#include <stdint.h>

void al_accum(uint32_t *acc, const uint32_t *s, int n)
{
    if (n <= 0)
        return;
    uintptr_t x = (uintptr_t)acc, y = (uintptr_t)s, end = y + (uintptr_t)n * sizeof(uint32_t);
    if (x < y || x >= end - 4) {
        uint32_t t = *acc;
        for (int i = 0; i < n; i++)
            t += s[i];
        *acc = t;
    } else {
        for (int i = 0; i < n; i++)
            *acc += s[i];
    }
}
