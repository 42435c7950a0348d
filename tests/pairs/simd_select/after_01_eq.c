#include <string.h>
typedef float v8f __attribute__((vector_size(32)));
typedef int v8i __attribute__((vector_size(32)));
void simd_select(float *restrict d, const float *restrict a, const float *restrict b)
{
    for (int i = 0; i < 2048; i += 8) {
        v8f x, y, r;
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        v8i m = x < y;
        r = (v8f)(((v8i)x & m) | ((v8i)y & ~m));
        memcpy(d + i, &r, sizeof r);
    }
}
