#include <stdint.h>

void shift_signed(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = s[i] / 8u;
}
