#include <immintrin.h>

void fp_fma(float *restrict d, const float *restrict a, const float *restrict b, int n)
{
    int i = 0;
    for (; n - i >= 8; i += 8) {
        __m256 x = _mm256_loadu_ps(a + i), y = _mm256_loadu_ps(b + i), z = _mm256_loadu_ps(d + i);
        _mm256_storeu_ps(d + i, _mm256_add_ps(_mm256_mul_ps(x, y), z));
    }
    for (; i < n; i++)
        d[i] = a[i] * b[i] + d[i];
}
