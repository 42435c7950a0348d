#include <stdint.h>

void mod_signed(int32_t *restrict d, const int32_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = s[i] < 0 ? -(-s[i] % 8) : s[i] % 8;
}
