#include <stdint.h>

void shift_hoist(uint32_t *restrict d, const uint32_t *restrict s, int n, uint32_t k)
{
    if (k < 32u)
        for (int i = 0; i < n; i++)
            d[i] = s[i] << k;
    else
        for (int i = 0; i < n; i++)
            d[i] = 0u;
}
