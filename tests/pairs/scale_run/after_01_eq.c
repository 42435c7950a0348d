#include <stdint.h>

void scale_run(int32_t *v, int n, int32_t k)
{
    while (n > 0) {
        int m = n > 1000 ? 1000 : n;
        for (int i = 0; i < m; i++)
            v[i] = v[i] / 2 + k % 16;
        v += m;
        n -= m;
    }
}
