#include <stdint.h>

void div_guard(uint32_t *restrict d, const uint32_t *restrict a, const uint32_t *restrict b, int n)
{
    for (int i = 0; i < n; i++) {
        d[i] = b[i] ? (uint32_t)((float)a[i] / (float)b[i]) : 0u;
    }
}
