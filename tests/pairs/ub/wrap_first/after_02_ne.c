void wrap_first(float *restrict b, const float *restrict a, int n)
{
    for (int i = 0; i < n; i++) {
        b[i] = a[i - 1];
    }
}
