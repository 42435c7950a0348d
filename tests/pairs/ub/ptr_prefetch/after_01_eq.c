#include <stdint.h>

uint32_t ptr_prefetch(const uint32_t *s, int n)
{
    uint32_t sum = 0;
    for (int i = 0; i < n; i++) {
        if (n - i > 16)
            __builtin_prefetch(&s[i + 16]);
        sum += s[i];
    }
    return sum;
}
