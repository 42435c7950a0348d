#include <stdint.h>

void late_clamp(int32_t *out, int n)
{
    for (int i = 0; i < n; i++)
        out[i] = i < 9 ? i + 1 : 10;
}
