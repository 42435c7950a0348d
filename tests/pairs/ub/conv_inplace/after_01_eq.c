#include <stdint.h>

void conv_inplace(float *d, const int32_t *s, int n)
{
    int i = 0;
    for (; n - i >= 4; i += 4) {
        int32_t a = s[i], b = s[i + 1], c = s[i + 2], e = s[i + 3];
        d[i] = (float)a;
        d[i + 1] = (float)b;
        d[i + 2] = (float)c;
        d[i + 3] = (float)e;
    }
    for (; i < n; i++)
        d[i] = (float)s[i];
}
