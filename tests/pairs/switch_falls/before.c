void switch_falls(int n, const int *restrict kind, float *restrict a, const float *restrict b,
                  const float *restrict c)
{
    for (int i = 0; i < n; i++) {
        float x = b[i] * b[i], y = c[i] * c[i];
        switch (kind[i]) {
        case 1:
            goto one;
        case 2:
            goto two;
        }
    one:
        a[i] += x;
        goto done;
    two:
        a[i] += y;
    done:;
    }
}
