#include <stdint.h>

void align_avx(uint8_t *restrict d, const uint8_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = s[i] ^ 0x55u;
}
