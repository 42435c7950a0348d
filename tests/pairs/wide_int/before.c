#include <stdint.h>

int64_t wide_int(const int *p, int n)
{
    int s = 0;
    for (int i = 0; i < n; i++)
        s += p[i];
    return (int64_t)s * 3;
}
