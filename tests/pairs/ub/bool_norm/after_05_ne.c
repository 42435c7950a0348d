#include <stdint.h>

void bool_norm(uint8_t *restrict d, const uint32_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = (0u - s[i]) >> 31;
}
