#include <stdint.h>

uint32_t promise_reduce(const uint32_t *s, int n)
{
    uint32_t sum = 1u;
#pragma omp simd reduction(*:sum)
    for (int i = 0; i < n; i++)
        sum += s[i];
    return sum;
}
