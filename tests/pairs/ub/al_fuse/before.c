#include <stdint.h>

void al_fuse(uint32_t *a, const uint32_t *b, uint32_t *c, int n)
{
    for (int i = 0; i < n; i++)
        a[i] = b[i] + 1u;
    for (int i = 0; i < n; i++)
        c[i] = a[i] * 2u;
}
