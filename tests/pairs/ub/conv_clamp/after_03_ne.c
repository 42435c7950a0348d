#include <stdint.h>

void conv_clamp(int32_t *restrict d, const float *restrict s, int n)
{
    for (int i = 0; i < n; i++) {
        int32_t t = (int32_t)s[i];
        d[i] = t >= 0 && t < 65536 ? t : -1;
    }
}
