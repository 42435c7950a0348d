#include <stdint.h>

void al_reverse(uint32_t *d, const uint32_t *s, int n)
{
    if (d == s) {
        for (int i = 0; i < n / 2; i++) {
            uint32_t t = d[i];
            d[i] = d[n - 1 - i];
            d[n - 1 - i] = t;
        }
        return;
    }
    for (int i = 0; i < n; i++)
        d[i] = s[n - 1 - i];
}
