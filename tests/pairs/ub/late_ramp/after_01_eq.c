#include <stdint.h>

void late_ramp(float *d, int n)
{
    double x = 0.0;
    for (int i = 0; i < n; i++) {
        d[i] = (float)x;
        x += 1.0;
    }
}
