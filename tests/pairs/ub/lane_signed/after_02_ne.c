typedef int v4 __attribute__((vector_size(16), aligned(4)));
typedef unsigned u4 __attribute__((vector_size(16), aligned(4)));

void lane_signed(int *restrict a, const int *restrict b)
{
    v4 t = *(const v4 *)b;
    *(v4 *)a = t + 1 > t;
}
