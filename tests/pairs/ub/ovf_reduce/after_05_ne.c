#include <stdint.h>

int32_t ovf_reduce(const int32_t *a, int n)
{
    int32_t sum = 0;
    int i = 0;
    for (; n - i >= 2; i += 2)
        sum += a[i] + a[i + 1];
    if (i < n)
        sum += a[i];
    return sum;
}
