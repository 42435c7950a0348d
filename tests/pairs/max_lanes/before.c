#include <stdint.h>

int32_t max_lanes(const int32_t *p, int n)
{
    int32_t m = -1000;
    for (int i = 0; i < n; i++)
        if (p[i] > m)
            m = p[i];
    return m;
}
