#include <stdint.h>
static const uint32_t store_const_t[4] = {3u, 5u, 7u, 11u};

uint32_t store_const(const uint8_t *s, int n)
{
    uint32_t h = 0;
    for (int i = 0; i < n; i++) {
        const uint32_t *t = store_const_t;
        h = h * 31u + t[s[i] & 3];
    }
    return h;
}
