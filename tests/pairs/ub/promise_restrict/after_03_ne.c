#include <stdint.h>

void promise_restrict(uint32_t *d, const uint32_t *restrict a, const uint32_t *b, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = a[i] + b[i];
}
