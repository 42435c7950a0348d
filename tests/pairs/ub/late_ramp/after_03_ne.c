#include <stdint.h>

void late_ramp(float *d, int n)
{
    float x = 0.0f;
    for (int i = 0; i < n; i++) {
        d[i] = x;
        x += 1.0f;
    }
}
