#include <stdint.h>

void conv_inplace(float *d, const int32_t *s, int n)
{
    for (int i = n; i > 0; i--)
        d[i - 1] = (float)s[i - 1];
}
