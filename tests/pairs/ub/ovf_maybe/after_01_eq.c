int ovf_maybe(const int *p, int n)
{
    int v;
    if (p[0] == 0)
        v = 0;
    else
        v = n + 1;
    return v;
}
