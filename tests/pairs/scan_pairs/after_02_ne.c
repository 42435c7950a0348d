#include <stdint.h>

void scan_pairs(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    uint32_t run = 0;
    int i = 0;
    for (; n - i >= 2; i += 2) {
        uint32_t x = s[i], y = s[i + 1];
        d[i] = run + x;
        d[i + 1] = run + (x + y);
        run += y;
    }
    if (i < n)
        d[i] = run + s[i];
}
