#include <stdint.h>

void shift_hoist(uint32_t *restrict d, const uint32_t *restrict s, int n, uint32_t k)
{
    for (int i = 0; i < n; i++) {
        d[i] = (uint32_t)((uint64_t)s[i] << k);
    }
}
