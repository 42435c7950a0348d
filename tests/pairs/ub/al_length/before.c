void al_length(int *d, const int *n)
{
    for (int i = 0; i < *n; i++)
        d[i] = 0;
}
