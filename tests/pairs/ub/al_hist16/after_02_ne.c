#include <stdint.h>

void al_hist16(uint32_t *h, const uint16_t *x, int n)
{
    int i = 0;
    for (; n - i >= 4; i += 4) {
        unsigned a = x[i], b = x[i + 1], c = x[i + 2], e = x[i + 3];
        uint32_t p = h[a] + 1u, q = h[b] + 1u, u = h[c] + 1u, v = h[e] + 1u;
        h[a] = p;
        h[b] = q;
        h[c] = u;
        h[e] = v;
    }
    for (; i < n; i++)
        h[x[i]]++;
}
