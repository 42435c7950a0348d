#include <stdint.h>

void shift_rot(uint32_t *restrict d, const uint32_t *restrict s, int n, uint32_t k)
{
    k &= 31u;
    for (int i = 0; i < n; i++)
        d[i] = (uint32_t)(((uint64_t)s[i] << 32 | s[i]) << k >> 32);
}
