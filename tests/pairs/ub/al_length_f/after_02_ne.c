void al_length_f(float *d, const int *n)
{
    int m = *n;
    for (int i = 0; i <= m; i++)
        d[i] = 0.0f;
}
