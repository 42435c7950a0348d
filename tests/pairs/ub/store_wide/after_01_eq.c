#include <stdint.h>

void store_wide(uint8_t *restrict d, const uint8_t *restrict s, int n)
{
    int i = 0;
    for (; n - i >= 2; i += 2) {
        d[2L * i] = s[i];
        d[2L * i + 2] = s[i + 1];
    }
    if (i < n)
        d[2L * i] = s[i];
}
