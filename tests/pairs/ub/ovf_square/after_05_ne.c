#include <stdint.h>

void ovf_square(uint32_t *d, int n)
{
    for (int i = 0; i < n; i++) {
        uint16_t k = (uint16_t)i;
        d[i] = (uint32_t)k * (uint32_t)k;
    }
}
