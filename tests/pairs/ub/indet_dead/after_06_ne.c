#include <stdint.h>

void indet_dead(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t t;
        d[i] = t;
        t = s[i] * 3u;
        d[i] = t;
    }
}
