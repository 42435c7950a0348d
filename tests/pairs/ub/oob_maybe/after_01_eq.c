int near[8];

int oob_maybe(const int *p, int n)
{
    int v;
    if (p[0] == 0)
        v = 0;
    else
        v = near[n];
    return v;
}
