#include <stdint.h>

int32_t ovf_reduce(const int32_t *a, int n)
{
    int32_t sum = 0;
    for (int i = n; i > 0; i--)
        sum += a[i - 1];
    return sum;
}
