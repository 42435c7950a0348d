#include <stdint.h>

uint32_t promise_trip(const uint32_t *s, int n)
{
    uint32_t sum = 0;
    __builtin_assume(n > 0);
    for (int i = 0; i < n; i++)
        sum += s[i];
    return sum;
}
