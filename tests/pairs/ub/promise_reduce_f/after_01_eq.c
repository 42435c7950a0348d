float promise_reduce_f(const float *s, int n)
{
    float sum = 0.0f;
    int i = 0;
    for (; n - i >= 2; i += 2)
        sum = (sum + s[i]) + s[i + 1];
    if (i < n)
        sum += s[i];
    return sum;
}
