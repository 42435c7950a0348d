void indet_block(int *a, int k, int n)
{
    for (int i = 0; i < n; i++) {
        a[i] = k;
    }
}
