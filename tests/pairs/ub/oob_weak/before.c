__attribute__((weak)) int tab[8];

int oob_weak(int n)
{
    if (n == 0)
        return tab[0];
    return n;
}
