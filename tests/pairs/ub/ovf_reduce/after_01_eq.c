#include <stdint.h>

int32_t ovf_reduce(const int32_t *a, int n)
{
    uint32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    int i = 0;
    for (; n - i >= 4; i += 4) {
        s0 += (uint32_t)a[i];
        s1 += (uint32_t)a[i + 1];
        s2 += (uint32_t)a[i + 2];
        s3 += (uint32_t)a[i + 3];
    }
    for (; i < n; i++)
        s0 += (uint32_t)a[i];
    return (int32_t)(s0 + s1 + s2 + s3);
}
