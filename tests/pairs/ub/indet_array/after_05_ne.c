#include <stdint.h>

void indet_array(int32_t *restrict d, const int32_t *restrict s, int n)
{
    int pos[2];
    pos[0] = 0;
    for (int i = 0; i < n; i++)
        d[i + pos[1] * pos[0]] = s[i] / 5 + 1;
}
