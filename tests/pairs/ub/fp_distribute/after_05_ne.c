void fp_distribute(float *restrict d, const float *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = s[i] * 7.0f + s[i];
}
