#include <stdint.h>

void stack_temp(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    uint32_t t[n];
    for (int j = 0; j < n; j++)
        t[j] = s[j] * 7u;
    for (int j = 0; j < n; j++)
        d[j] = t[j];
}
