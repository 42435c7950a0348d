#include <stdint.h>

void al_swap(uint32_t *a, uint32_t *b, int n)
{
    for (int k = 0; k < n;) {
        uint32_t t[16];
        int m = n - k < 16 ? n - k : 16;
        for (int j = 0; j < m; j++)
            t[j] = a[k + j];
        for (int j = 0; j < m; j++)
            a[k + j] = b[k + j];
        for (int j = 0; j < m; j++)
            b[k + j] = t[j];
        k += m;
    }
}
