__attribute__((weak)) int tab[8];

int oob_weak(int n)
{
    int t = tab[0];
    return n == 0 ? t : n;
}
