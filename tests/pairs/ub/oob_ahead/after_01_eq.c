#include <stdint.h>

void oob_ahead(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    if (n <= 0)
        return;
    uint32_t next = s[0];
    for (int i = 0; i < n; i++) {
        uint32_t cur = next;
        if (i < n - 1)
            next = s[i + 1];
        d[i] = cur + 9u;
    }
}
