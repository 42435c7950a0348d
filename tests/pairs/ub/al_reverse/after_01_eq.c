#include <stdint.h>

void al_reverse(uint32_t *d, const uint32_t *s, int n)
{
    int i = 0;
    for (; n - i >= 2; i += 2) {
        d[i] = s[n - 1 - i];
        d[i + 1] = s[n - 2 - i];
    }
    if (i < n)
        d[i] = s[0];
}
