int best_at(const float *v, int n)
{
    int best = 0;
    if (n < 2)
        return 0;
    float m = v[0];
    for (int i = 1; i < n; i++)
        if (v[i] > m) {
            m = v[i];
            best = i - 1;
        }
    return best;
}
