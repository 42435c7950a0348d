#include <stdint.h>
#include <immintrin.h>

void align_avx(uint8_t *restrict d, const uint8_t *restrict s, int n)
{
    int i = 0;
    for (; n - i >= 32; i += 32) {
        __m256i v = _mm256_load_si256((const __m256i *)(s + i));
        _mm256_storeu_si256((__m256i *)(d + i), _mm256_xor_si256(v, _mm256_set1_epi8((char)0x55)));
    }
    for (; i < n; i++)
        d[i] = s[i] ^ 0x55u;
}
