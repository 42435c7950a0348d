#include <stdint.h>

uint32_t bits_all(const uint32_t *p, int n)
{
    uint32_t a = 0xffffffffu, o = 0, x = 0;
    for (int i = 0; i < n; i++) {
        a &= p[i];
        o |= p[i];
        x ^= p[i];
    }
    return a + 3u * o + 7u * x;
}
