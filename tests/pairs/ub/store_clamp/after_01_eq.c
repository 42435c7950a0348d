#include <stdint.h>

void store_clamp(uint32_t *p, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t v = p[i];
        if (v > 9u)
            p[i] = 9u;
    }
}
