#include <stdint.h>

void div_sign(int32_t *restrict d, const int32_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = (s[i] + (s[i] < 0 ? 7 : 0)) >> 3;
}
