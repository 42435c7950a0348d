#include <stdint.h>
#include <immintrin.h>
void simd_widen(float *restrict d, const uint8_t *restrict s, int n, float k)
{
    int i = 0;
    for (; i + 7 < n; i += 8) {
        __m256i v = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(s + i)));
        _mm256_storeu_ps(d + i, _mm256_mul_ps(_mm256_cvtepi32_ps(v), _mm256_set1_ps(k)));
    }
    for (; i < n; i++)
        d[i] = (float)s[i] * k;
}
