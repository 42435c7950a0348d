#include <stdint.h>

void promo_cmp(uint8_t *restrict d, const int32_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = ((uint32_t)s[i] ^ 0x80000000u) < 0x8000000au;
}
