#include <stdint.h>

void conv_hoist(int32_t *d, int n, double x)
{
    int64_t v = (int64_t)x;
    for (int i = 0; i < n; i++)
        d[i] = (int32_t)v;
}
