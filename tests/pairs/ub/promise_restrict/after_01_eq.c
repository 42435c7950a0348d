#include <stdint.h>

void promise_restrict(uint32_t *d, const uint32_t *a, const uint32_t *b, int n)
{
    if (n <= 0)
        return;
    uintptr_t x = (uintptr_t)d, y = (uintptr_t)a, z = (uintptr_t)b, len = (uintptr_t)n * sizeof(uint32_t);
    if ((x + len <= y || y + len <= x) && (x + len <= z || z + len <= x)) {
        uint32_t *restrict q = d;
        for (int i = 0; i < n; i++)
            q[i] = a[i] + b[i];
    } else {
        for (int i = 0; i < n; i++)
            d[i] = a[i] + b[i];
    }
}
