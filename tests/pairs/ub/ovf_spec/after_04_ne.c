#include <stdint.h>

void ovf_spec(int32_t *restrict d, const int32_t *restrict a, const int32_t *restrict b, int n)
{
    for (int i = 0; i < n; i++) {
        int32_t t = b[i] - a[i];
        d[i] = t > 0 ? t : 0;
    }
}
