int ovf_maybe(const int *p, int n)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        if (p[i])
            v = n + 1;
    }
    return n == 2147483647 ? 1 : v;
}
