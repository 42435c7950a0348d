#include <stddef.h>
#include <stdint.h>

void al_distance(uint32_t *a, ptrdiff_t n, ptrdiff_t k)
{
    for (ptrdiff_t i = 0; i < n; i++)
        a[i] = a[i + k] + 5u;
}
