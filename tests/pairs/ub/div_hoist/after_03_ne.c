#include <stdint.h>

void div_hoist(int32_t *restrict d, const int32_t *restrict s, int n, int x, int k)
{
    uint32_t q = (uint32_t)(x / k);
    for (int i = 0; i < n; i++)
        d[i] = (int32_t)((uint32_t)s[i] + q);
}
