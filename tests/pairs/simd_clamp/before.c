#include <stdint.h>
void simd_clamp(int32_t *restrict d, const int32_t *restrict s, int n, int32_t low, int32_t high)
{
    for (int i = 0; i < n; i++) {
        int32_t v = s[i];
        v = v < low ? low : v;
        d[i] = v > high ? high : v;
    }
}
