#include <stdint.h>
uint32_t inner_flat_m[8][16];

uint32_t inner_flat(void)
{
    uint32_t sum = 0;
    for (int k = 0; k < 128; k++)
        sum = sum * 31u + inner_flat_m[k / 16][k % 16];
    return sum;
}
