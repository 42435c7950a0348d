#include <stdint.h>
static uint32_t al_leak_g[64];
uint32_t *al_leak_get(void)
{
    return al_leak_g;
}

uint32_t al_leak(const uint32_t *p, int n)
{
    uint32_t h = 0;
    int i = 0;
    for (; n - i >= 4; i += 4) {
        uint32_t a = p[i], b = p[i + 1], c = p[i + 2], e = p[i + 3];
        al_leak_g[i + 8] = a + 1u;
        al_leak_g[i + 9] = b + 1u;
        al_leak_g[i + 10] = c + 1u;
        al_leak_g[i + 11] = e + 1u;
    }
    for (; i < n; i++)
        al_leak_g[i + 8] = p[i] + 1u;
    for (int i = 0; i < 64; i++)
        h = h * 31u + al_leak_g[i];
    return h;
}
