void fp_prec(float *restrict d, const float *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = (float)((double)s[i] * (double)s[i]);
}
