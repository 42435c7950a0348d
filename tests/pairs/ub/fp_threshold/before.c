int fp_threshold(const float *s, int n)
{
    int c = 0;
    for (int i = 0; i < n; i++)
        c += s[i] <= 0.1;
    return c;
}
