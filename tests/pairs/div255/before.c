#include <stdint.h>

void div255(uint8_t *restrict d, const uint8_t *restrict a, const uint8_t *restrict b, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = (uint8_t)((a[i] * b[i] + 127) / 255);
}
