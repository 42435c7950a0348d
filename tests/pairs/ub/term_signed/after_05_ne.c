#include <stdint.h>

uint32_t term_signed(int n, uint32_t x)
{
    uint32_t h = 1u;
    if (n < 0)
        for (;;)
            ;
    for (int i = 0; i < n; i++)
        h = h * x + 3u;
    return h;
}
