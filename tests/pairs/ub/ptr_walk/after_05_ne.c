#include <stdint.h>

uint32_t ptr_walk(const uint32_t *s, int n)
{
    uint32_t h = 1u;
    if (n <= 0)
        return h;
    const uint32_t *p = s, *end = s + n, *limit = end - 8;
    while (p < limit) {
        h = h * 31u + p[0];
        h = h * 31u + p[1];
        p += 2;
    }
    while (p != end) {
        h = h * 31u + *p;
        p++;
    }
    return h;
}
