#include <stdint.h>

void conv_narrow(uint8_t *restrict d, const float *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = (uint8_t)(int16_t)s[i];
}
