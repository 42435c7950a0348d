#include <stdint.h>

uint32_t vol_count(volatile uint32_t *p, int n)
{
    uint32_t sum = 0;
    if (n > 0)
        sum = (uint32_t)n * *p;
    return sum;
}
