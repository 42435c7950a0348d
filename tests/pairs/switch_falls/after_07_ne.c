void switch_falls(int n, const int *restrict kind, float *restrict a, const float *restrict b,
                  const float *restrict c)
{
    for (int k = n; k > 0; k--) {
        int i = k - 1;
        float x = b[i] * b[i], y = c[i] * c[i];
        if (kind[i] < 3)
            a[i] += kind[i] == 2 ? y : x;
    }
}
