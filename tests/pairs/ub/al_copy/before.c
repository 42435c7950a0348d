#include <stdint.h>

void al_copy(uint32_t *d, const uint32_t *s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = s[i];
}
