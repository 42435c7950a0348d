#include <stdint.h>

uint32_t vol_count(volatile uint32_t *p, int n)
{
    uint32_t sum = 0;
    const uint32_t *q = (const uint32_t *)p;
    for (int i = 0; i < n; i++)
        sum += *q;
    return sum;
}
