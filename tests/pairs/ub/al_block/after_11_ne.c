#include <stdint.h>

void al_block(uint32_t *d, const uint32_t *s, int n)
{
    if (d <= s)
        for (int i = 0; i < n; i++)
            d[i] = s[i] + 1u;
    else
        for (int i = 0; i < n; i++)
            d[i] = s[i] + 1u;
}
