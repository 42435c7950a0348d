#include <stdint.h>

void weigh_order(uint32_t *restrict sum, const uint16_t *restrict at, const uint32_t *restrict w, int n)
{
    for (int i = 0; i + 1 < n; i += 2) {
        uint32_t x = sum[at[i]] + w[i], y = sum[at[i + 1]] + w[i + 1];
        sum[at[i]] = x;
        sum[at[i + 1]] = y;
    }
    if (n > 0 && n % 2)
        sum[at[n - 1]] += w[n - 1];
}
