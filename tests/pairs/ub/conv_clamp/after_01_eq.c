#include <stdint.h>

void conv_clamp(int32_t *restrict d, const float *restrict s, int n)
{
    for (int i = 0; i < n; i++) {
        int ok = s[i] >= 0.0f && s[i] < 65536.0f;
        float x = ok ? s[i] : 0.0f;
        int32_t t = (int32_t)x;
        d[i] = ok ? t : -1;
    }
}
