#include <stdint.h>

uint32_t indet_last(const uint32_t *s, int n)
{
    uint32_t last;
    for (int i = 0; i < n; i++)
        last = s[i] ^ 5u;
    return n > 0 ? last : 0;
}
