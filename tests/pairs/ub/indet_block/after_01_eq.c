void indet_block(int *a, int k, int n)
{
    for (int i = 0; i < n; i++) {
        int t[2];
        t[0] = k;
        a[i] = t[0];
    }
}
