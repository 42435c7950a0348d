#include <stdint.h>

uint32_t ptr_walk(const uint32_t *s, int n)
{
    uint32_t h = 1u;
    if (n <= 0)
        return h;
    const uint32_t *q = s - 1;
    for (int i = 1; i <= n - 1; i++)
        h = h * 31u + q[i];
    h = h * 31u + q[n];
    return h;
}
