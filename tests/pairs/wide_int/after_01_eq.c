#include <stdint.h>

int64_t wide_int(const int *p, int n)
{
    int64_t s = 0;
    for (int i = 0; i < n; i++)
        s += p[i];
    return s * 3;
}
