#include <stdint.h>

void conv_clamp(int32_t *restrict d, const float *restrict s, int n)
{
    for (int i = 0; i < n; i++) {
        int32_t t = (int32_t)s[i];
        d[i] = s[i] >= 0.0f && s[i] < 65536.0f ? t : -1;
    }
}
