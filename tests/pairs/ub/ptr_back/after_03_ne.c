#include <stdint.h>

uint32_t ptr_back(const uint32_t *s, int n)
{
    uint32_t h = 1u;
    if (n <= 0)
        return h;
    const uint32_t *p = s + n;
    while (p-- > s)
        h = h * 31u + *p;
    return h;
}
