void fp_fma(float *restrict d, const float *restrict a, const float *restrict b, int n)
{
    int i = 0;
    for (; n - i >= 2; i += 2) {
        d[i] = __builtin_fmaf(a[i], b[i], d[i]);
        d[i + 1] = __builtin_fmaf(a[i + 1], b[i + 1], d[i + 1]);
    }
    for (; i < n; i++)
        d[i] = a[i] * b[i] + d[i];
}
