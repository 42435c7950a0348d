#include <stddef.h>
#include <stdint.h>

void al_distance(uint32_t *a, ptrdiff_t n, ptrdiff_t k)
{
    ptrdiff_t i = 0;
    if (k >= 0 || k <= -3)
        for (; n - i >= 4; i += 4) {
            uint32_t t0 = a[i + k], t1 = a[i + 1 + k], t2 = a[i + 2 + k], t3 = a[i + 3 + k];
            a[i] = t0 + 5u;
            a[i + 1] = t1 + 5u;
            a[i + 2] = t2 + 5u;
            a[i + 3] = t3 + 5u;
        }
    for (; i < n; i++)
        a[i] = a[i + k] + 5u;
}
