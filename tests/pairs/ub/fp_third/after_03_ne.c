void fp_third(float *restrict d, const float *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = (float)s[i] * (float)(1.0 / 3.0);
}
