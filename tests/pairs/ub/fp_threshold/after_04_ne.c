int fp_threshold(const float *s, int n)
{
    int c = 0;
    for (int i = 0; i < n; i++)
        c += s[i] * 10.0f <= 1.0f;
    return c;
}
