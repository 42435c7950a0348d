void rows_dot(float *restrict y, const float *restrict a, const float *restrict x, int m, int n)
{
    int i = 0;
    for (; m - i >= 2; i += 2) {
        float s = 0.0f, t = 0.0f;
        for (int j = 0; j < n; j++) {
            s += a[i * n + j] * x[j];
            t += a[(i + 1) * n + j] * x[j];
        }
        y[i] = s;
        y[i + 1] = t;
    }
    for (; i < m; i++) {
        float s = 0.0f;
        for (int j = 0; j < n; j++)
            s += a[i * n + j] * x[j];
        y[i] = s;
    }
}
