#include <stdint.h>

void clamp_add(uint8_t *restrict p, int n, int delta)
{
    int d = delta < -256 ? -256 : delta > 256 ? 256 : delta;
    for (int i = 0; i < n; i++) {
        int v = p[i] + d;
        v = v < 0 ? 0 : v;
        p[i] = (uint8_t)(v > 255 ? 255 : v);
    }
}
