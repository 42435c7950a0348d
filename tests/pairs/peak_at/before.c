#include <stdint.h>

void peak_at(int32_t *restrict top, const uint16_t *restrict at, const int32_t *restrict v, int n)
{
    for (int i = 0; i < n; i++) {
        int32_t old = top[at[i]];
        top[at[i]] = v[i] > old ? v[i] : old;
    }
}
