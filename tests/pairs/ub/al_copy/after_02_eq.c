#include <stdint.h>

void al_copy(uint32_t *d, const uint32_t *s, int n)
{
    int i = 0;
    for (; n - i >= 2; i += 2) {
        d[i] = s[i];
        d[i + 1] = s[i + 1];
    }
    if (i < n)
        d[i] = s[i];
}
