#include <stdint.h>

void store_clamp(uint32_t *p, int n)
{
    for (int i = 0; i < n; i++) {
        if (p[i] > 9u)
            p[i] = 9u;
    }
}
