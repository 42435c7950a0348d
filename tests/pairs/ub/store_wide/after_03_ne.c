#include <stdint.h>

void store_wide(uint8_t *restrict d, const uint8_t *restrict s, int n)
{
    for (int i = 0; i < n; i++) {
        uint8_t pair[2];
        pair[0] = s[i];
        pair[1] = d[2L * i + 1];
        __builtin_memcpy(d + 2L * i, pair, 2);
    }
}
