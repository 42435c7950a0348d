#include <stdint.h>

void conv_inplace(float *restrict d, const int32_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = (float)s[i];
}
