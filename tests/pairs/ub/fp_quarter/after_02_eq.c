void fp_quarter(float *restrict d, const float *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = s[i] * 0.5f * 0.5f;
}
