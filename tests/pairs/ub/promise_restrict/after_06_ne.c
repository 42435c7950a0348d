#include <stdint.h>

void promise_restrict(uint32_t *d, const uint32_t *a, const uint32_t *b, int n)
{
    struct {
        uint32_t *restrict p;
    } v = {d};
    for (int i = 0; i < n; i++)
        v.p[i] = a[i] + b[i];
}
