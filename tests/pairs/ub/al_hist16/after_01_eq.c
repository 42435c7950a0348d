#include <stdint.h>

void al_hist16(uint32_t *h, const uint16_t *x, int n)
{
    int i = 0;
    for (; n - i >= 4; i += 4) {
        unsigned a = x[i], b = x[i + 1], c = x[i + 2], e = x[i + 3];
        h[a]++;
        h[b]++;
        h[c]++;
        h[e]++;
    }
    for (; i < n; i++)
        h[x[i]]++;
}
