#include <stdint.h>

void al_accum(uint32_t *acc, const uint32_t *s, int n)
{
    if (n <= 0)
        return;
    uint32_t t = 0;
    for (int i = 0; i < n; i++)
        t += s[i];
    *acc += t;
}
