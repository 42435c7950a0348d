#include <stdint.h>

void store_clamp(uint32_t *p, int n)
{
    for (int b = 0; b < n;) {
        uint32_t t[8];
        int m = n - b < 8 ? n - b : 8;
        for (int j = 0; j < m; j++)
            t[j] = p[b + j] > 9u ? 9u : p[b + j];
        for (int j = 0; j < m; j++)
            p[b + j] = t[j];
        b += m;
    }
}
