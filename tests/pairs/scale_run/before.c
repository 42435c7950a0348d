#include <stdint.h>

void scale_run(int32_t *v, int n, int32_t k)
{
    for (int i = 0; i < n; i++)
        v[i] = v[i] / 2 + k % 16;
}
