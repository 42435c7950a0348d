#include <stdint.h>

void store_wide(uint8_t *restrict d, const uint8_t *restrict s, int n)
{
    if (n <= 0)
        return;
    for (int i = 0; i < n - 1; i++) {
        uint8_t keep = d[2L * i + 1];
        d[2L * i] = s[i];
        d[2L * i + 1] = keep;
    }
    d[2L * (n - 1)] = s[n - 1];
}
