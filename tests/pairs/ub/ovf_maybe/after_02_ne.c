int ovf_maybe(const int *p, int n)
{
    int v = 0;
    if (p[0])
        v = n + 1;
    return n == 2147483647 ? 1 : v;
}
