#include <stdint.h>

void align_assume(float *restrict d, const float *restrict s, int n)
{
    if ((((uintptr_t)d | (uintptr_t)s) & 31u) == 0) {
        float *dv = __builtin_assume_aligned(d, 32);
        const float *sv = __builtin_assume_aligned(s, 32);
        for (int i = 0; i < n; i++)
            dv[i] = sv[i] * 0.5f;
    } else {
        for (int i = 0; i < n; i++)
            d[i] = s[i] * 0.5f;
    }
}
