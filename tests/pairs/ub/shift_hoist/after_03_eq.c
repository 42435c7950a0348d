#include <stdint.h>

void shift_hoist(uint32_t *restrict d, const uint32_t *restrict s, int n, uint32_t k)
{
    uint32_t m = k < 32u ? 1u << k : 0u;
    for (int i = 0; i < n; i++) {
        d[i] = s[i] * m;
    }
}
