#include <stdint.h>

uint32_t red_xor(const uint32_t *a, int n)
{
    uint32_t s = 0;
    for (int i = 0; i < n; i++)
        s ^= a[i];
    return s;
}
