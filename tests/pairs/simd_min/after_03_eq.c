#include <immintrin.h>
void simd_min(float *restrict d, const float *restrict a, const float *restrict b)
{
    for (int i = 0; i < 2048; i += 4) {
        __m128 x = _mm_loadu_ps(a + i), y = _mm_loadu_ps(b + i);
        _mm_storeu_ps(d + i, _mm_blendv_ps(y, x, _mm_cmplt_ps(x, y)));
    }
}
