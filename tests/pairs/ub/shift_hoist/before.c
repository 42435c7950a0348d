#include <stdint.h>

void shift_hoist(uint32_t *restrict d, const uint32_t *restrict s, int n, uint32_t k)
{
    for (int i = 0; i < n; i++) {
        uint32_t x = s[i];
        d[i] = k < 32u ? x << k : 0u;
    }
}
