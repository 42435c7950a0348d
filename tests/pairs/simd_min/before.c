void simd_min(float *restrict d, const float *restrict a, const float *restrict b)
{
    for (int i = 0; i < 2048; i++)
        d[i] = a[i] < b[i] ? a[i] : b[i];
}
