#include <stdint.h>

uint32_t term_signed(int n, uint32_t x)
{
    uint32_t h = 1u;
    if (n < 0)
        return h;
    while (n != 0) {
        h = h * x + 3u;
        n--;
    }
    return h;
}
