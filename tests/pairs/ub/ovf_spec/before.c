#include <stdint.h>

void ovf_spec(int32_t *restrict d, const int32_t *restrict a, const int32_t *restrict b, int n)
{
    for (int i = 0; i < n; i++) {
        int32_t x = a[i], y = b[i];
        d[i] = x < y ? y - x : 0;
    }
}
