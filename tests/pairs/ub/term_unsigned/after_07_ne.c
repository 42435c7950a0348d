#include <stdint.h>
uint32_t term_unsigned_t[16];

uint32_t term_unsigned(uint32_t n)
{
    uint32_t h = 1u;
    for (int i = 0; i < (int)n; i++)
        h = h * 31u + term_unsigned_t[i & 15u];
    return h;
}
