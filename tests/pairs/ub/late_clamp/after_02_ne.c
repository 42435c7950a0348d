#include <stdint.h>

void late_clamp(int32_t *out, int n)
{
    int p = 0;
    for (int i = 0; i < n; i++) {
        p = p + (p < 10 ? 1 : 0);
        out[i] = p;
    }
}
