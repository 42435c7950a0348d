#include <stdint.h>
void simd_narrow(uint8_t *restrict d, const int16_t *restrict s)
{
    for (int i = 0; i < 4096; i++) {
        int v = s[i];
        d[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
}
