void al_length(int *d, const int *n)
{
    int m = *n;
    for (int i = 0; i < m; i++)
        d[i] = 0;
}
