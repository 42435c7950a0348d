#include <stdint.h>

void weigh_order(uint32_t *restrict sum, const uint16_t *restrict at, const uint32_t *restrict w, int n)
{
    for (int i = 0; i < n; i++)
        sum[at[n - 1 - i]] += w[i];
}
