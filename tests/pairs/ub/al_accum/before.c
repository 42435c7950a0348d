#include <stdint.h>

void al_accum(uint32_t *acc, const uint32_t *s, int n)
{
    for (int i = 0; i < n; i++)
        *acc += s[i];
}
