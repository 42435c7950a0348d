#include <stdint.h>

uint32_t ptr_back(const uint32_t *s, int n)
{
    uint32_t h = 1u;
    for (int i = n; i > 0; i--)
        h = h * 31u + s[i - 1];
    return h;
}
