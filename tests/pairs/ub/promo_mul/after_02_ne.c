#include <stdint.h>

void promo_mul(uint32_t *restrict d, const uint16_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = s[i] * s[i];
}
