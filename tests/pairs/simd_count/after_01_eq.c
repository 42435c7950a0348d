#include <stdint.h>
#include <immintrin.h>
uint32_t simd_count(const int32_t *v, int n, int32_t k)
{
    const __m256i w = _mm256_set1_epi32(k);
    uint32_t c = 0;
    int i = 0;
    for (; i + 7 < n; i += 8) {
        __m256i e = _mm256_cmpeq_epi32(_mm256_loadu_si256((const __m256i *)(v + i)), w);
        c += (uint32_t)__builtin_popcount((unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(e)));
    }
    for (; i < n; i++)
        c += v[i] == k;
    return c;
}
