#include <stdint.h>

void weigh_order(uint32_t *restrict sum, const uint16_t *restrict at, const uint32_t *restrict w, int n)
{
    for (int i = n; i > 0; i--)
        sum[at[i - 1]] += w[i - 1];
}
