typedef int v4 __attribute__((vector_size(16), aligned(4)));
typedef unsigned u4 __attribute__((vector_size(16), aligned(4)));

void lane_signed(int *restrict a, const int *restrict b)
{
    u4 next = *(const u4 *)b + 1;
    *(v4 *)a = (v4)next > *(const v4 *)b;
}
