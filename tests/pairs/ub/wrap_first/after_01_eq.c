void wrap_first(float *restrict b, const float *restrict a, int n)
{
    if (n > 0)
        b[0] = a[n - 1];
    for (int i = 1; i < n; i++)
        b[i] = a[i - 1];
}
