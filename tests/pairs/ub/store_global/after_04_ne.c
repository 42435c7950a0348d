#include <stdint.h>
uint32_t store_global_g[64];

void store_global(const uint8_t *m, int n)
{
    for (int i = 0; i < n; i++)
        store_global_g[i] += m[i] != 0;
    if (n > 0)
        store_global_g[n] = store_global_g[n];
}
