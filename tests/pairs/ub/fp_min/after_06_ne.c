float fp_min(const float *s, int n)
{
    if (n <= 0)
        return 0.0f;
    float m = s[n - 1];
    for (int i = n - 1; i > 0; i--)
        m = s[i - 1] < m ? s[i - 1] : m;
    return m;
}
