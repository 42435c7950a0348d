#include <stdint.h>

uint32_t bits_all(const uint32_t *p, int n)
{
    uint32_t a[2] = {0xffffffffu, 0}, o = 0, x = 0;
    int i = 0;
    for (; i < n; i++) {
        a[i & 1] &= p[i];
        o |= p[i];
        x ^= p[i];
    }
    return (a[0] & a[1]) + 3u * o + 7u * x;
}
