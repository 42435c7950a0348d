#include <stdint.h>

int32_t ovf_reduce(const int32_t *a, int n)
{
    if (n <= 0)
        return 0;
    int32_t sum = a[n - 1];
    for (int i = n - 1; i > 0; i--)
        sum = a[i - 1] + sum;
    return sum;
}
