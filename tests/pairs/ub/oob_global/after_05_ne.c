#include <stdint.h>
uint32_t oob_global_a[64];

uint32_t oob_global(int n)
{
    uint32_t sum = 0;
    for (int b = 0; b < 64; b += 12)
        for (int j = 0; j < 12; j++)
            sum += oob_global_a[b + j] & -(uint32_t)(b + j < n);
    return sum;
}
