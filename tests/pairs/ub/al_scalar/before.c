#include <stdint.h>

void al_scalar(uint32_t *d, const uint32_t *k, int n)
{
    for (int i = 0; i < n; i++)
        d[i] *= *k;
}
