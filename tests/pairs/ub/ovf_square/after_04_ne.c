#include <stdint.h>

void ovf_square(uint32_t *d, int n)
{
    int sq = 0;
    for (int i = 0; i < n; i++) {
        d[i] = (uint32_t)sq;
        sq += 2 * i + 1;
    }
}
