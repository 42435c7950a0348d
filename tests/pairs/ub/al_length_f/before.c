void al_length_f(float *d, const int *n)
{
    for (int i = 0; i < *n; i++)
        d[i] = 0.0f;
}
