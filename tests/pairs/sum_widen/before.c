#include <stdint.h>

uint64_t sum_widen(const uint8_t *p, int n)
{
    uint64_t s = 0;
    for (int i = 0; i < n; i++)
        s += p[i];
    return s;
}
