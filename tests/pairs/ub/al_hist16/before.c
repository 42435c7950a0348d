#include <stdint.h>

void al_hist16(uint32_t *h, const uint16_t *x, int n)
{
    for (int i = 0; i < n; i++)
        h[x[i]]++;
}
