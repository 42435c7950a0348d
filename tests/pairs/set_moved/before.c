#include <stdint.h>

void set_moved(float *restrict a, const float *restrict v, const uint8_t *restrict on, int n)
{
    for (int i = 0; i < n; i++)
        if (on[i])
            a[i] = v[i];
}
