#include <stdint.h>

void fp_int64(float *restrict d, const int64_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = (float)s[i];
}
