#include <stdint.h>

int32_t max_lanes(const int32_t *p, int n)
{
    uint32_t m = (uint32_t)-1000;
    for (int i = 0; i < n; i++)
        if ((uint32_t)p[i] > m)
            m = (uint32_t)p[i];
    return (int32_t)m;
}
