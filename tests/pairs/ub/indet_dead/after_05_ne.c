#include <stdint.h>

void indet_dead(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    int mode;
    for (int i = 0; i < n; i++) {
        if (mode)
            d[i] = s[i] * 3u;
        else
            d[i] = 3u * s[i];
    }
}
