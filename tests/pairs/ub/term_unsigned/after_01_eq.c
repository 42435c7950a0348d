#include <stdint.h>
uint32_t term_unsigned_t[16];

uint32_t term_unsigned(uint32_t n)
{
    uint32_t h = 1u;
    uint32_t i = 0;
    for (; i < (n & ~1u); i += 2u) {
        h = h * 31u + term_unsigned_t[i & 15u];
        h = h * 31u + term_unsigned_t[(i + 1u) & 15u];
    }
    if (n & 1u)
        h = h * 31u + term_unsigned_t[i & 15u];
    return h;
}
