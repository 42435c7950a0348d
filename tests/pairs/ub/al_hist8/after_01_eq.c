#include <stdint.h>

void al_hist8(uint32_t *h, const uint8_t *x, int n)
{
    int i = 0;
    for (; n - i >= 4; i += 4) {
        h[x[i]]++;
        h[x[i + 1]]++;
        h[x[i + 2]]++;
        h[x[i + 3]]++;
    }
    for (; i < n; i++)
        h[x[i]]++;
}
