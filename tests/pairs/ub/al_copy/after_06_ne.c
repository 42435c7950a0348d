#include <stdint.h>

void al_copy(uint32_t *d, const uint32_t *s, int n)
{
    if (n <= 0)
        return;
    uintptr_t len = (uintptr_t)n * sizeof(uint32_t), gap = (uintptr_t)d - (uintptr_t)s;
    if (gap >= len) {
        __builtin_memcpy(d, s, len);
    } else {
        for (int i = 0; i < n; i++)
            d[i] = s[i];
    }
}
