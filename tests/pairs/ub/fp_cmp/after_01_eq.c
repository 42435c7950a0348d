void fp_cmp(float *restrict d, const float *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = 1.0f < s[i] ? 1.0f : 0.0f;
}
