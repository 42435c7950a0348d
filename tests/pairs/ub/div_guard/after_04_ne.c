#include <stdint.h>

void div_guard(uint32_t *restrict d, const uint32_t *restrict a, const uint32_t *restrict b, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t rest = a[i] % b[i];
        (void)rest;
        d[i] = b[i] ? a[i] / b[i] : 0u;
    }
}
