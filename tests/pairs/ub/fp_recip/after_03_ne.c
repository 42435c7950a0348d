void fp_recip(float *restrict d, const float *restrict s, int n, float k)
{
    for (int i = 0; i < n; i++)
        d[i] = k == 1.0f ? s[i] : s[i] * (1.0f / k);
}
