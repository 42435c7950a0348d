#include <stdint.h>

void conv_clamp(int32_t *restrict d, const float *restrict s, int n)
{
    for (int i = 0; i < n; i++) {
        float x = s[i] < 65536.0f ? s[i] : 0.0f;
        int32_t t = (int32_t)x;
        d[i] = s[i] >= 0.0f && s[i] < 65536.0f ? t : -1;
    }
}
