#include <stdint.h>

void sext_order(uint64_t *restrict d, const int16_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = (uint64_t)s[i];
}
