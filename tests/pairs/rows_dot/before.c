void rows_dot(float *restrict y, const float *restrict a, const float *restrict x, int m, int n)
{
    for (int i = 0; i < m; i++) {
        float s = 0.0f;
        for (int j = 0; j < n; j++)
            s += a[i * n + j] * x[j];
        y[i] = s;
    }
}
