#include <stdint.h>

void pun_wide(int16_t *restrict d, const int16_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = s[i];
}
