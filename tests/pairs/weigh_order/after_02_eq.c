#include <stdint.h>

void weigh_order(uint32_t *restrict sum, const uint16_t *restrict at, const uint32_t *restrict w, int n)
{
    int half = n / 2;
    for (int i = 0; i < half; i++)
        sum[at[i]] += w[i];
    for (int i = half; i < n; i++)
        sum[at[i]] += w[i];
}
