int near[8];

int oob_maybe(const int *p, int n)
{
    int v = 0;
    if (p[0])
        v = near[n];
    return v;
}
