#include <stdint.h>

void al_hist8(uint32_t *h, const uint8_t *x, int n)
{
    uint32_t t[256] = {0};
    int i = 0;
    for (; n - i >= 2; i += 2) {
        h[x[i]]++;
        t[x[i + 1]]++;
    }
    if (i < n)
        h[x[i]]++;
    for (int j = 0; j < 256; j++)
        h[j] += t[j];
}
