void fp_recip(float *restrict d, const float *restrict s, int n, float k)
{
    for (int i = 0; i < n; i++)
        d[i] = s[i] / k;
}
