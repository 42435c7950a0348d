int ovf_maybe(const int *p, int n)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        if (p[i] == 0)
            continue;
        v = n + 1;
    }
    return v;
}
