#include <stdint.h>

void ovf_square(uint32_t *d, int n)
{
    uint32_t sq = 0;
    for (int i = 0; i < n; i++) {
        d[i] = sq;
        sq += 2u * (uint32_t)i + 1u;
    }
}
