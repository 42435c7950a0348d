#include <stdint.h>
uint32_t oob_global_a[64];

uint32_t oob_global(int n)
{
    uint32_t sum = 0;
    for (int i = 0; i <= 64; i++)
        sum += oob_global_a[i] & -(uint32_t)(i < n && i < 64);
    return sum;
}
