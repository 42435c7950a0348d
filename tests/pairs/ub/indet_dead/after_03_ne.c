#include <stdint.h>

void indet_dead(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    uint32_t t;
    for (int i = 0; i < n; i++) {
        uint32_t v = s[i] * 3u;
        v += t & 0u;
        d[i] = v;
        t = v;
    }
}
