void al_length(int *d, const int *n)
{
    for (int i = 0; i < *n; i += 2) {
        int more = *n - i > 1;
        d[i] = 0;
        if (more)
            d[i + 1] = 0;
    }
}
