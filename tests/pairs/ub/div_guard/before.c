#include <stdint.h>

void div_guard(uint32_t *restrict d, const uint32_t *restrict a, const uint32_t *restrict b, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t x = a[i], y = b[i];
        d[i] = y ? x / y : 0u;
    }
}
