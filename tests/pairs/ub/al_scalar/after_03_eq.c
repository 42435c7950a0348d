#include <stdint.h>

void al_scalar(uint32_t *d, const uint32_t *k, int n)
{
    if (n <= 0)
        return;
    d[0] *= *k;
    for (int i = 1; i < n; i++) {
        uint32_t v = *k;
        d[i] = d[i] * v;
    }
}
