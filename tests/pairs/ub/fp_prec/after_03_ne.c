void fp_prec(float *restrict d, const float *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = s[i] * s[i] * 2.0f * 0.5f;
}
