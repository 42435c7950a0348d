#include <stdint.h>

void oob_guarded(uint32_t *restrict d, const uint32_t *restrict s, const uint8_t *restrict m, int n)
{
    for (int i = 0; i < n; i++)
        if (m[i])
            d[i] = s[i] << 1;
}
