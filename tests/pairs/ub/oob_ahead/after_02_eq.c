#include <stdint.h>

void oob_ahead(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    if (n <= 0)
        return;
    uint32_t next = s[0];
    int i = 0;
    for (; i < n - 1; i++) {
        uint32_t cur = next;
        next = s[i + 1];
        d[i] = cur + 9u;
    }
    d[i] = next + 9u;
}
