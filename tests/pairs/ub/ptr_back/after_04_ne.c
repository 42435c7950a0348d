#include <stddef.h>
#include <stdint.h>

uint32_t ptr_back(const uint32_t *s, int n)
{
    uint32_t h = 1u;
    const uint32_t *p = s + n - 1;
    for (int i = 0; i < n; i++)
        h = h * 31u + p[-(ptrdiff_t)i];
    return h;
}
