#include <stdint.h>

void mod_signed(int32_t *restrict d, const int32_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = (int32_t)((uint32_t)s[i] % 8u);
}
