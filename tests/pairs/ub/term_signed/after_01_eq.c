#include <stdint.h>

uint32_t term_signed(int n, uint32_t x)
{
    uint32_t h = 1u;
    for (; n > 0; n--)
        h = h * x + 3u;
    return h;
}
