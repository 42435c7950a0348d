#include <stdint.h>
uint32_t inner_flat_m[8][16];

uint32_t inner_flat(void)
{
    uint32_t sum = 0;
    for (int i = 0; i < 7; i++)
        for (int j = -16; j < 0; j++)
            sum = sum * 31u + inner_flat_m[i + 1][j];
    for (int j = 0; j < 16; j++)
        sum = sum * 31u + inner_flat_m[7][j];
    return sum;
}
