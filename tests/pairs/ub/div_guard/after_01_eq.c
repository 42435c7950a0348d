#include <stdint.h>

void div_guard(uint32_t *restrict d, const uint32_t *restrict a, const uint32_t *restrict b, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t q = a[i] / (b[i] + (b[i] == 0u));
        d[i] = b[i] ? q : 0u;
    }
}
