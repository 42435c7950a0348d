#include <stdint.h>

int32_t ovf_reduce(const int32_t *a, int n)
{
    int32_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i];
    return sum;
}
