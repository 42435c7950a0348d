int near[8];

int oob_maybe(const int *p, int n)
{
    int v = 0;
    if (p[0])
        v = near[n];
    return n > 7 ? 1 : v;
}
