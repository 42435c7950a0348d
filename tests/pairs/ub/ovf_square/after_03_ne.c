#include <stdint.h>

void ovf_square(uint32_t *d, int n)
{
    for (int i = 0; i < n; i++) {
        d[i] = (uint32_t)(i * i);
    }
}
