void switch_falls(int n, const int *restrict kind, float *restrict a, const float *restrict b,
                  const float *restrict c)
{
    for (int i = 0; i < n; i++) {
        float x = b[i] * b[i], y = c[i] * c[i];
        a[i] += kind[i] == 2 ? y : x;
    }
}
