void wrap_first(float *restrict b, const float *restrict a, int n)
{
    int last = n - 1;
    for (int i = 0; i < n; i++) {
        b[i] = a[last];
        last = i;
    }
}
