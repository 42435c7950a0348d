#include <stdint.h>

void scan_pairs(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    uint32_t run = 0;
    for (int i = 0; i < n; i++) {
        run += s[i];
        d[i] = run;
    }
}
