#include <stdint.h>

uint32_t vol_count(volatile uint32_t *p, int n)
{
    uint32_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += *p;
    (void)*p;
    return sum;
}
