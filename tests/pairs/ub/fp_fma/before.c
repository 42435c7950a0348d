void fp_fma(float *restrict d, const float *restrict a, const float *restrict b, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = a[i] * b[i] + d[i];
}
