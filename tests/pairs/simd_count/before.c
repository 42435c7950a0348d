#include <stdint.h>
uint32_t simd_count(const int32_t *v, int n, int32_t k)
{
    uint32_t c = 0;
    for (int i = 0; i < n; i++)
        c += v[i] == k;
    return c;
}
