#include <stdint.h>

uint32_t promise_trip(const uint32_t *s, int n)
{
    uint32_t sum = 0;
    for (int i = 0; i < n; i++) {
        if (s[i] > 255u)
            __builtin_unreachable();
        sum += s[i];
    }
    return sum;
}
