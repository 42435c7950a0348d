#include <stdint.h>

void set_marked(int32_t *restrict a, const int32_t *restrict v, const uint8_t *restrict on, int n)
{
    for (int i = 0; i < n; i++) {
        int32_t x = on[i] ? v[i] : a[i];
        a[i] = x;
    }
}
