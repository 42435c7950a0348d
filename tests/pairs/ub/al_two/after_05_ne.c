#include <stdint.h>

void al_two(uint32_t *d, const uint32_t *a, const uint32_t *b, int n)
{
    uintptr_t x = (uintptr_t)d, y = (uintptr_t)a, z = (uintptr_t)b;
    int i = 0;
    if (y != z)
        for (; n - i >= 2; i += 2) {
            uint32_t p = a[i] ^ b[i], q = a[i + 1] ^ b[i + 1];
            d[i] = p;
            d[i + 1] = q;
        }
    for (; i < n; i++)
        d[i] = a[i] ^ b[i];
}
