#include <stdint.h>

void shift_rot(uint32_t *restrict d, const uint32_t *restrict s, int n, uint32_t k)
{
    k &= 31u;
    for (int i = 0; i < n; i++)
        d[i] = s[i] << k | s[i] >> (32u - k);
}
