#include <stddef.h>
#include <stdint.h>

uint8_t ovf_counter(const uint8_t *s, size_t n)
{
    uint8_t x = 0;
    for (unsigned i = 0; i < n; i++)
        x ^= s[i];
    return x;
}
