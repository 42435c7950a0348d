#include <stdint.h>
uint32_t term_unsigned_t[16];

uint32_t term_unsigned(uint32_t n)
{
    uint32_t h = 1u;
    uint32_t i = 0;
    do {
        h = h * 31u + term_unsigned_t[i & 15u];
        i++;
    } while (i != n);
    return h;
}
