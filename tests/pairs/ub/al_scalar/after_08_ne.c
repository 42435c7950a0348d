#include <stdint.h>

void al_scalar(uint32_t *d, const uint32_t *k, int n)
{
    if (n <= 0)
        return;
    uint32_t v = *k;
    for (int i = 0; i < n; i++) {
        if (k == d + i)
            v = *k;
        d[i] *= v;
    }
}
