#include <stdint.h>

void peak_at(int32_t *restrict top, const uint16_t *restrict at, const int32_t *restrict v, int n)
{
    for (int i = n; i > 1; i--) {
        int32_t old = top[at[i - 1]];
        top[at[i - 1]] = v[i - 1] > old ? v[i - 1] : old;
    }
}
