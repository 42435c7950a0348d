#include <stdint.h>

void align_assume(float *restrict d, const float *restrict s, int n)
{
    if (n <= 0)
        return;
    float *dv = __builtin_assume_aligned(d, 4);
    const float *sv = __builtin_assume_aligned(s, 16);
    for (int i = 0; i < n; i++)
        dv[i] = sv[i] * 0.5f;
}
