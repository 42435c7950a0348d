#include <stdint.h>

void stack_temp(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = s[i] * 7u;
}
