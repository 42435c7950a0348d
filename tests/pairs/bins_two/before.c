#include <stdint.h>
uint32_t counts[64];

void bins_two(const uint8_t *restrict p, int n)
{
    for (int i = 0; i < n; i++)
        counts[p[i] & 63]++;
}
