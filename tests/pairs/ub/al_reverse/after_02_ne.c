#include <stdint.h>

void al_reverse(uint32_t *d, const uint32_t *s, int n)
{
    int i = 0;
    for (; n - i >= 2; i += 2) {
        uint32_t p = s[n - 1 - i], q = s[n - 2 - i];
        d[i] = p;
        d[i + 1] = q;
    }
    if (i < n)
        d[i] = s[0];
}
