#include <stdint.h>

void conv_inplace(float *d, const int32_t *s, int n)
{
    for (int i = 0; i < n; i++) {
        d[n - 1] = (float)s[n - 1];
        if (i < n - 1)
            d[i] = (float)s[i];
    }
}
