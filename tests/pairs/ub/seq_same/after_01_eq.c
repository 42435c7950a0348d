#include <stdint.h>

uint32_t seq_same(const uint32_t *s, int n)
{
    uint32_t sum = 0;
    for (int i = 0; i < n; ++i)
        sum = s[i] * (uint32_t)i + sum;
    return sum;
}
