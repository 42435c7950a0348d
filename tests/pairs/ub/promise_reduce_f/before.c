float promise_reduce_f(const float *s, int n)
{
    float sum = 0.0f;
    for (int i = 0; i < n; i++)
        sum += s[i];
    return sum;
}
