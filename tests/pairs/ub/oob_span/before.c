#include <stdint.h>

uint32_t oob_span(const uint32_t *s, int n)
{
    uint32_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += s[2L * i];
    return sum;
}
