__attribute__((weak)) int tab[8];

int oob_weak(int n)
{
    int r = n;
    if (n == 0)
        r = tab[0];
    return r;
}
