int near[8];

int oob_maybe(const int *p, int n)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        if (p[i])
            v = near[n];
    }
    return v;
}
