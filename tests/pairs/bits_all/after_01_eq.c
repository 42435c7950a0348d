#include <stdint.h>

uint32_t bits_all(const uint32_t *p, int n)
{
    uint32_t a[2] = {0xffffffffu, 0xffffffffu}, o[2] = {0, 0}, x[2] = {0, 0};
    int i = 0;
    for (; n - i >= 2; i += 2)
        for (int l = 0; l < 2; l++) {
            a[l] &= p[i + l];
            o[l] |= p[i + l];
            x[l] ^= p[i + l];
        }
    uint32_t ra = a[0] & a[1], ro = o[1] | o[0], rx = x[0] ^ x[1];
    for (; i < n; i++) {
        ra &= p[i];
        ro |= p[i];
        rx ^= p[i];
    }
    return ra + 3u * ro + 7u * rx;
}
