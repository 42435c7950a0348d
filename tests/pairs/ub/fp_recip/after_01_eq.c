void fp_recip(float *restrict d, const float *restrict s, int n, float k)
{
    int i = 0;
    for (; n - i >= 2; i += 2) {
        d[i] = s[i] / k;
        d[i + 1] = s[i + 1] / k;
    }
    if (i < n)
        d[i] = s[i] / k;
}
