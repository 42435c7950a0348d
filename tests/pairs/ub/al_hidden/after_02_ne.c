#include <stdint.h>
static uint32_t al_hidden_g[64];

uint32_t al_hidden(const uint32_t *p)
{
    uint32_t h = 0;
    for (int i = 0; i < 60; i += 4) {
        uint32_t a = p[i], b = p[i + 1], c = p[i + 2], e = p[i + 3];
        al_hidden_g[i] = a + 1u;
        al_hidden_g[i + 1] = b + 1u;
        al_hidden_g[i + 2] = c + 1u;
        al_hidden_g[i + 3] = e + 1u;
    }
    for (int i = 0; i < 64; i++)
        h = h * 31u + al_hidden_g[i];
    return h;
}
