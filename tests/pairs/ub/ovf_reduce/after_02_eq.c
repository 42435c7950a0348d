#include <stdint.h>

int32_t ovf_reduce(const int32_t *a, int n)
{
    int64_t s0 = 0, s1 = 0;
    int i = 0;
    for (; n - i >= 2; i += 2) {
        s0 += a[i];
        s1 += a[i + 1];
    }
    if (i < n)
        s0 += a[i];
    return (int32_t)(s0 + s1);
}
