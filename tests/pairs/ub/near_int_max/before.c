#include <stdint.h>

uint8_t near_int_max(const uint8_t *s, int n)
{
    uint8_t x = 0;
    for (int i = 0; i < n; i++)
        x ^= s[i];
    return x;
}
