#include <stdint.h>

uint32_t indet_last(const uint32_t *s, int n)
{
    uint32_t last;
    int ran = 0;
    for (int i = 0; i < n; i++) {
        last = s[i] ^ 5u;
        ran = 1;
    }
    return last * (uint32_t)ran;
}
