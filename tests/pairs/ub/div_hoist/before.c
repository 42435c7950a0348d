#include <stdint.h>

void div_hoist(int32_t *restrict d, const int32_t *restrict s, int n, int x, int k)
{
    for (int i = 0; i < n; i++)
        d[i] = (int32_t)((uint32_t)s[i] + (uint32_t)(x / k));
}
