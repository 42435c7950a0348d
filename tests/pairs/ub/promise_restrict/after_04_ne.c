#include <stdint.h>

void promise_restrict(uint32_t *d, const uint32_t *a, const uint32_t *b, int n)
{
    uint32_t *restrict q = d;
    for (int i = 0; i < n; i++)
        q[i] = a[i] + b[i];
}
