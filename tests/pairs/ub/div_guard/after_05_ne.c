#include <stdint.h>

void div_guard(uint32_t *restrict d, const uint32_t *restrict a, const uint32_t *restrict b, int n)
{
    for (int i = 0; i < n; i++) {
        d[i] = b[i] ? a[i] / (b[i] + 1u) : 0u;
    }
}
