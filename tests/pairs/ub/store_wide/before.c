#include <stdint.h>

void store_wide(uint8_t *restrict d, const uint8_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[2L * i] = s[i];
}
