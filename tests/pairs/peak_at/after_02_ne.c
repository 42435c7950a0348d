#include <stdint.h>

void peak_at(int32_t *restrict top, const uint16_t *restrict at, const int32_t *restrict v, int n)
{
    for (int i = n; i > 0; i--)
        top[at[i - 1]] = v[i - 1];
}
