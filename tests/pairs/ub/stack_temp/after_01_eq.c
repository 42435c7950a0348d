#include <stdint.h>

void stack_temp(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    for (int b = 0; b < n;) {
        uint32_t t[16];
        int m = n - b < 16 ? n - b : 16;
        for (int j = 0; j < m; j++)
            t[j] = s[b + j] * 7u;
        for (int j = 0; j < m; j++)
            d[b + j] = t[j];
        b += m;
    }
}
