#include <immintrin.h>
void simd_tail(float *restrict d, const float *restrict s, int n)
{
    const __m256 one = _mm256_set1_ps(1.0f);
    int i = 0;
    for (; i + 7 < n; i += 8)
        _mm256_storeu_ps(d + i, _mm256_add_ps(_mm256_loadu_ps(s + i), one));
    if (i < n) {
        __m256i left = _mm256_set1_epi32(n - i + 1);
        __m256i mask = _mm256_cmpgt_epi32(left, _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
        __m256 v = _mm256_maskload_ps(s + i, mask);
        _mm256_maskstore_ps(d + i, mask, _mm256_add_ps(v, one));
    }
}
