#include <stdint.h>
uint32_t inner_flat_m[8][16];

uint32_t inner_flat(void)
{
    uint32_t sum = 0;
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 16; j++) {
            uint32_t next = i < 7 ? inner_flat_m[i][j + 1] : 0u;
            (void)next;
            sum = sum * 31u + inner_flat_m[i][j];
        }
    return sum;
}
