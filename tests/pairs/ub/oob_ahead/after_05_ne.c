#include <stdint.h>

void oob_ahead(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    int i = 0;
    for (; i < n; i++)
        d[i] = s[i] + 9u;
    if (n > 0) {
        uint32_t probe = s[i];
        (void)probe;
    }
}
