#include <stddef.h>
#include <stdint.h>

void promise_ivdep(uint32_t *a, int n, int k)
{
#pragma clang loop vectorize(assume_safety)
    for (int i = 0; i < n; i++)
        a[i] = a[(ptrdiff_t)i + k] * 3u;
}
