void store_until(int *restrict b, const int *restrict a, int k, int n)
{
    for (int i = 0; i < n; i++) {
        if (k == a[i])
            break;
        b[i] = k;
    }
}
