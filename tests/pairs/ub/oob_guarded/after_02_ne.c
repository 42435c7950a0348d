#include <stdint.h>

void oob_guarded(uint32_t *restrict d, const uint32_t *restrict s, const uint8_t *restrict m, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t v = s[i] << 1;
        if (m[i])
            d[i] = v;
    }
}
