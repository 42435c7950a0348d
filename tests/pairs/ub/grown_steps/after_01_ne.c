#include <stdint.h>

void grown_steps(int32_t *out, int n, int m)
{
    for (int i = 0; i < n; i++)
        out[i] = i == 0 ? (m > 0 ? m : 0) : 0;
}
