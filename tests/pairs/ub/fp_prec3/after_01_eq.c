void fp_prec3(float *restrict d, const float *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = (float)(1.0 + (double)s[i] * s[i]);
}
