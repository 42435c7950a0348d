#include <stdint.h>

void term_const(uint32_t *d, const uint32_t *s)
{
    uint32_t k = s[0];
    for (;;) {
        if (k == 1u || k == 0u)
            break;
        k = k & 1u ? 3u * k + 1u : k >> 1;
    }
    d[0] = 1u;
}
