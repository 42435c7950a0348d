#include <stdint.h>
void simd_widen(float *restrict d, const uint8_t *restrict s, int n, float k)
{
    for (int i = 0; i < n; i++)
        d[i] = (float)s[i] * k;
}
