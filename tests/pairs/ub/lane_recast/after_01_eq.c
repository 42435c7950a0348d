#include <stdint.h>

void lane_recast(uint8_t *restrict a, const uint64_t *restrict b)
{
    uint64_t x = b[0];
    for (int i = 0; i < 8; i++)
        a[i] = (uint8_t)((x >> (8 * i)) + 1);
}
