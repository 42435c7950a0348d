void fp_distribute(float *restrict d, const float *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = (s[i] + s[i] + s[i]) + s[i] * 5.0f;
}
