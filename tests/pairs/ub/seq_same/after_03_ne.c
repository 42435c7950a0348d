#include <stdint.h>

uint32_t seq_same(const uint32_t *s, int n)
{
    uint32_t sum = 0;
    int i = 0;
    while (i < n) {
        sum = sum + s[i] * (uint32_t)i + 0u * sum++;
        i++;
    }
    return sum;
}
