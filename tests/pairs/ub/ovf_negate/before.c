#include <stdint.h>

void ovf_negate(uint32_t *restrict d, const int32_t *restrict s, int n)
{
    for (int i = 0; i < n; i++) {
        d[i] = s[i] < 0 ? 0u - (uint32_t)s[i] : (uint32_t)s[i];
    }
}
