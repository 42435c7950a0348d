#include <stdint.h>

void al_reverse(uint32_t *d, const uint32_t *s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = s[n - 1 - i];
}
