#include <stdint.h>
int32_t simd_aligned_a[1024] __attribute__((aligned(32)));
void simd_aligned(const int32_t *restrict s)
{
    for (int i = 0; i < 1024; i++)
        simd_aligned_a[i] ^= s[i];
}
