void promise_contract(double *restrict d, const double *restrict a, const double *restrict b, const double *restrict c, int n)
{
#pragma STDC FP_CONTRACT OFF
    for (int i = 0; i < n; i++)
        d[i] = a[i] * b[i] + c[i];
}
