#include <stddef.h>
#include <stdint.h>

uint8_t ovf_counter(const uint8_t *s, size_t n)
{
    uint8_t x = 0;
    size_t i = 0;
    for (; i < n - n % 2; i += 2) {
        x ^= s[i];
        x ^= s[i + 1];
    }
    if (i < n)
        x ^= s[i];
    return x;
}
