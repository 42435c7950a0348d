#include <stdint.h>
uint32_t store_global_g[64];

void store_global(const uint8_t *m, int n)
{
    uint8_t *w = (uint8_t *)m;
    for (int i = 0; i < n; i++) {
        w[i] = w[i] != 0;
        store_global_g[i] += w[i];
    }
}
