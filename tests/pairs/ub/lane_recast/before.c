#include <stdint.h>

typedef uint8_t v8 __attribute__((vector_size(8)));

void lane_recast(uint8_t *restrict a, const uint64_t *restrict b)
{
    v8 v = (v8)b[0];
    v = v + 1;
    a[0] = v[0];
    a[1] = v[1];
    a[2] = v[2];
    a[3] = v[3];
    a[4] = v[4];
    a[5] = v[5];
    a[6] = v[6];
    a[7] = v[7];
}
