#include <stdint.h>

int byte_sum(const uint8_t *p, int n)
{
    int s = 0;
    for (int i = 0; i < n; i++)
        s += p[i];
    return s;
}
