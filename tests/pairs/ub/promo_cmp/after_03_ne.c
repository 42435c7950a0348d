#include <stdint.h>

void promo_cmp(uint8_t *restrict d, const int32_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = s[i] < 10u;
}
