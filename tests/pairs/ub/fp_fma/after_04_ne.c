void fp_fma(float *restrict d, const float *restrict a, const float *restrict b, int n)
{
    int i = 0;
    for (; i < n; i++)
        d[i] = (float)((double)a[i] * b[i] + d[i]);
    for (; i < n; i++)
        d[i] = a[i] * b[i] + d[i];
}
