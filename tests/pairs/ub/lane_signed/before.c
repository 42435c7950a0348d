typedef int v4 __attribute__((vector_size(16), aligned(4)));
typedef unsigned u4 __attribute__((vector_size(16), aligned(4)));

void lane_signed(int *restrict a, const int *restrict b)
{
    for (int i = 0; i < 4; i++)
        a[i] = (int)((unsigned)b[i] + 1u) > b[i] ? -1 : 0;
}
