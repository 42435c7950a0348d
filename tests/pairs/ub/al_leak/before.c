#include <stdint.h>
static uint32_t al_leak_g[64];
uint32_t *al_leak_get(void)
{
    return al_leak_g;
}

uint32_t al_leak(const uint32_t *p, int n)
{
    uint32_t h = 0;
    for (int i = 0; i < n; i++)
        al_leak_g[i + 8] = p[i] + 1u;
    for (int i = 0; i < 64; i++)
        h = h * 31u + al_leak_g[i];
    return h;
}
