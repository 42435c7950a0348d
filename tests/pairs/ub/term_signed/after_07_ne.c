#include <stdint.h>

uint32_t term_signed(int n, uint32_t x)
{
    uint32_t h = 1u;
    for (unsigned i = 0; i < (unsigned)n; i++)
        h = h * x + 3u;
    return h;
}
