#include <stdint.h>

uint32_t ptr_walk(const uint32_t *s, int n)
{
    uint32_t h = 1u;
    for (int i = 0; i < n; i++)
        h = h * 31u + s[i];
    return h;
}
