#include <stdint.h>
#include <immintrin.h>
void simd_clamp(int32_t *restrict d, const int32_t *restrict s, int n, int32_t low, int32_t high)
{
    const __m256i l = _mm256_set1_epi32(low), h = _mm256_set1_epi32(high);
    int i = 0;
    for (; i + 7 < n; i += 8) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(s + i));
        _mm256_storeu_si256((__m256i *)(d + i), _mm256_min_epu32(_mm256_max_epi32(v, l), h));
    }
    for (; i < n; i++) {
        int32_t v = s[i];
        v = v < low ? low : v;
        d[i] = v > high ? high : v;
    }
}
