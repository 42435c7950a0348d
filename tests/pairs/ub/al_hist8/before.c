#include <stdint.h>

void al_hist8(uint32_t *h, const uint8_t *x, int n)
{
    for (int i = 0; i < n; i++)
        h[x[i]]++;
}
