float fp_min(const float *s, int n)
{
    if (n <= 0)
        return 0.0f;
    float m = s[0];
    for (int i = 1; i < n; i++)
        if (s[i] < m)
            m = s[i];
    return m;
}
