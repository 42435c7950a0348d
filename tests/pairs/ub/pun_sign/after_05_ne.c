#include <stdint.h>

void pun_sign(float *restrict d, const float *restrict s, int n)
{
    for (int i = 0; i < n; i++) {
        ((uint32_t *)d)[i] = ((const uint32_t *)s)[i] & 0x7fffffffu;
    }
}
