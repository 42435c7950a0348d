#include <stdint.h>

void mod_signed(int32_t *restrict d, const int32_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = s[i] < 0 ? -(int32_t)((0u - (uint32_t)s[i]) & 7u) : (int32_t)((uint32_t)s[i] & 7u);
}
