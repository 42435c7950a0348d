#include <stdint.h>

void indet_array(int32_t *restrict d, const int32_t *restrict s, int n)
{
    for (int b = 0; b < n; ) {
        int32_t t[8];
        int m = n - b < 8 ? n - b : 8;
        if (b == 0)
            for (int j = 0; j < 8; j++)
                t[j] = 0;
        for (int j = 0; j < m; j++)
            t[j] = s[b + j];
        for (int j = 0; j < 8; j++)
            t[j] = t[j] / 5 + 1;
        for (int j = 0; j < m; j++)
            d[b + j] = t[j];
        b += m;
    }
}
