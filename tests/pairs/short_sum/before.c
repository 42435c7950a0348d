#include <stdint.h>

int short_sum(const int16_t *p, int n)
{
    int s = 0;
    for (int i = 0; i < n; i++)
        s += p[i];
    return s;
}
