#include <stdint.h>
#include <immintrin.h>
void simd_narrow(uint8_t *restrict d, const int16_t *restrict s)
{
    for (int i = 0; i < 4096; i += 32) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(s + i));
        __m256i b = _mm256_loadu_si256((const __m256i *)(s + i + 16));
        __m256i p = _mm256_permute4x64_epi64(_mm256_packs_epi16(a, b), 0xd8);
        _mm256_storeu_si256((__m256i *)(d + i), p);
    }
}
