#include <stdint.h>

void term_const(uint32_t *d, const uint32_t *s)
{
    uint32_t k = s[0];
    (void)k;
    d[0] = 1u;
}
