#include <stdint.h>

uint32_t promise_trip(const uint32_t *s, int n)
{
    uint32_t sum = 0;
    if (__builtin_expect(n > 0, 1))
        for (int i = 0; i < n; i++)
            sum += s[i];
    return sum;
}
