#include <stdint.h>

static void promise_restrict_add(uint32_t *restrict d, const uint32_t *restrict a, const uint32_t *restrict b, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = a[i] + b[i];
}
void promise_restrict(uint32_t *d, const uint32_t *a, const uint32_t *b, int n)
{
    promise_restrict_add(d, a, b, n);
}
