#include <stdint.h>
uint32_t inner_flat_m[8][16];

uint32_t inner_flat(void)
{
    uint32_t sum = 0;
    for (int i = 0; i < 8; i++) {
        const uint32_t *row = inner_flat_m[i];
        for (int j = 0; j < 16; j++)
            sum = sum * 31u + row[j];
    }
    return sum;
}
