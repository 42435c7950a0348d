#include <stdint.h>
typedef uint32_t v4a __attribute__((vector_size(16), may_alias));
typedef uint32_t v4u __attribute__((vector_size(16), aligned(4), may_alias));

void align_vec(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    if (n > 3) {
        v4a probe = *(const v4a *)s;
        (void)probe;
    }
    for (int i = 0; i < n; i++)
        d[i] = s[i] + 1u;
}
