#include <stdint.h>

uint32_t promise_trip(const uint32_t *s, int n)
{
    uint32_t sum = 0;
    if (n < 0)
        __builtin_unreachable();
    for (int i = 0; i < n; i++)
        sum += s[i];
    return sum;
}
