#include <stdint.h>

uint8_t near_int_max(const uint8_t *s, int n)
{
    uint8_t x = 0;
    int i = 0;
    for (; i + 4 <= n; i += 4)
        x ^= s[i] ^ s[i + 1] ^ s[i + 2] ^ s[i + 3];
    for (; i < n; i++)
        x ^= s[i];
    return x;
}
