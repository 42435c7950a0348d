#include <stdint.h>

void al_reverse(uint32_t *d, const uint32_t *s, int n)
{
    for (int i = n; i > 0; i--)
        d[i - 1] = s[n - i];
}
