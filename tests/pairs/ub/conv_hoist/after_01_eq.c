#include <stdint.h>

void conv_hoist(int32_t *d, int n, double x)
{
    if (n <= 0)
        return;
    int32_t v = (int32_t)x;
    for (int i = 0; i < n; i++)
        d[i] = v;
}
