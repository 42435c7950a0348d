#include <stdint.h>

uint32_t twice_sum(const uint32_t *p, int n)
{
    uint32_t b = 0;
    for (int i = 0; i < n; i++)
        b += (uint32_t)(i + 1) * p[i];
    return b;
}
