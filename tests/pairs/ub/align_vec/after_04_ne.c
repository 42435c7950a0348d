#include <stdint.h>
typedef uint32_t v4a __attribute__((vector_size(16), may_alias));
typedef uint32_t v4u __attribute__((vector_size(16), aligned(4), may_alias));

void align_vec(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    int i = 0;
    for (; n - i >= 4; i += 4)
        *(v4a *)(d + i) = *(const v4u *)(s + i) + 1u;
    for (; i < n; i++)
        d[i] = s[i] + 1u;
}
