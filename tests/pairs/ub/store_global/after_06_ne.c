#include <stdint.h>
uint32_t store_global_g[64];

void store_global(const uint8_t *m)
{
    uint8_t t[64];
    for (int i = 0; i < 64; i++)
        t[i] = m[i];
    for (int i = 0; i < 64; i++)
        store_global_g[i] += t[i] != 0;
}
