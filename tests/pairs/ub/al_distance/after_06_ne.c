#include <stddef.h>
#include <stdint.h>

void al_distance(uint32_t *a, ptrdiff_t n, ptrdiff_t k)
{
    ptrdiff_t i = 0;
    if (k >= 0 || k <= -4)
        for (; n - i >= 8; i += 8) {
            uint32_t t0 = a[i + k], t1 = a[i + 1 + k], t2 = a[i + 2 + k], t3 = a[i + 3 + k], t4 = a[i + 4 + k], t5 = a[i + 5 + k], t6 = a[i + 6 + k], t7 = a[i + 7 + k];
            a[i] = t0 + 5u;
            a[i + 1] = t1 + 5u;
            a[i + 2] = t2 + 5u;
            a[i + 3] = t3 + 5u;
            a[i + 4] = t4 + 5u;
            a[i + 5] = t5 + 5u;
            a[i + 6] = t6 + 5u;
            a[i + 7] = t7 + 5u;
        }
    for (; i < n; i++)
        a[i] = a[i + k] + 5u;
}
