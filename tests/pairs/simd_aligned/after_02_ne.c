#include <stdint.h>
#include <immintrin.h>
int32_t simd_aligned_a[1024] __attribute__((aligned(32)));
void simd_aligned(const int32_t *restrict s)
{
    for (int i = 0; i < 1024; i += 8) {
        __m256i *p = (__m256i *)(simd_aligned_a + i);
        _mm256_store_si256(p, _mm256_xor_si256(_mm256_load_si256(p), _mm256_load_si256((const __m256i *)(s + i))));
    }
}
