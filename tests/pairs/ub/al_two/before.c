#include <stdint.h>

void al_two(uint32_t *d, const uint32_t *a, const uint32_t *b, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = a[i] ^ b[i];
}
