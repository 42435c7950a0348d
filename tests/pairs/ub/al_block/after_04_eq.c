#include <stdint.h>

void al_block(uint32_t *d, const uint32_t *s, int n)
{
    int i = 0;
    for (; n - i >= 4; i += 4) {
        d[i] = s[i] + 1u;
        d[i + 1] = s[i + 1] + 1u;
        d[i + 2] = s[i + 2] + 1u;
        d[i + 3] = s[i + 3] + 1u;
    }
    for (; i < n; i++)
        d[i] = s[i] + 1u;
}
