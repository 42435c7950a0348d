#include <stdint.h>

void promo_mul(uint32_t *restrict d, const uint16_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = (uint16_t)((uint32_t)s[i] * s[i]);
}
