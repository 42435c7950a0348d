#include <stdint.h>
uint32_t store_global_g[64];

void store_global(const uint8_t *m)
{
    for (int i = 0; i < 64; i++)
        store_global_g[i] = m[i] ? store_global_g[i] + 1u : store_global_g[i];
}
