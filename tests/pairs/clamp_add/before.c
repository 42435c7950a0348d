#include <stdint.h>

void clamp_add(uint8_t *restrict p, int n, int delta)
{
    for (int i = 0; i < n; i++) {
        int v = p[i] + delta;
        p[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
}
