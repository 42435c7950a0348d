#include <stdint.h>

int short_sum(const int16_t *p, int n)
{
    int s = 0, i = 0;
    for (; i + 1 < n; i += 2) {
        s += p[i];
        s += p[i + 1];
    }
    for (; i < n; i++)
        s += p[i];
    return s;
}
