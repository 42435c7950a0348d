#include <stdint.h>

void ovf_negate(uint32_t *restrict d, const int32_t *restrict s, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t m = 0u - (uint32_t)(s[i] < 0);
        d[i] = ((uint32_t)s[i] ^ m) - m;
    }
}
