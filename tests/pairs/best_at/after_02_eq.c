int best_at(const float *v, int n)
{
    int best = 0;
    if (n < 2)
        return 0;
    float m = v[0];
    int i = 1;
    for (; n - i > 1; i += 2) {
        float x = v[i], y = v[i + 1];
        if (x > m) {
            m = x;
            best = i;
        }
        if (y > m) {
            m = y;
            best = i + 1;
        }
    }
    for (; i < n; i++)
        if (v[i] > m) {
            m = v[i];
            best = i;
        }
    return best;
}
