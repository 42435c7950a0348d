#include <stdint.h>

uint32_t vol_count(volatile uint32_t *p, int n)
{
    uint32_t sum = 0;
    int i = 0;
    for (; n - i >= 2; i += 2) {
        uint32_t a = *p;
        uint32_t b = *p;
        sum += a;
        sum += b;
    }
    if (i < n)
        sum += *p;
    return sum;
}
