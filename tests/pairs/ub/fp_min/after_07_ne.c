float fp_min(const float *s, int n)
{
    if (n <= 0)
        return 0.0f;
    float m = s[0], k = s[0];
    int i = 0;
    for (; n - i >= 2; i += 2) {
        m = s[i] < m ? s[i] : m;
        k = s[i + 1] < k ? s[i + 1] : k;
    }
    if (i < n)
        m = s[i] < m ? s[i] : m;
    return m <= k ? m : k;
}
