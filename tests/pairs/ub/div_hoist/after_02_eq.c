#include <stdint.h>

void div_hoist(int32_t *restrict d, const int32_t *restrict s, int n, int x, int k)
{
    if (n > 0) {
        uint32_t q = (uint32_t)(x / k);
        d[0] = (int32_t)((uint32_t)s[0] + q);
        for (int i = 1; i < n; i++)
            d[i] = (int32_t)((uint32_t)s[i] + q);
    }
}
