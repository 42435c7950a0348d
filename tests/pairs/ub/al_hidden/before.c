#include <stdint.h>
static uint32_t al_hidden_g[64];

uint32_t al_hidden(const uint32_t *p)
{
    uint32_t h = 0;
    for (int i = 0; i < 64; i++)
        al_hidden_g[i] = p[i] + 1u;
    for (int i = 0; i < 64; i++)
        h = h * 31u + al_hidden_g[i];
    return h;
}
