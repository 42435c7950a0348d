#include <stdint.h>

void store_clamp(uint32_t *p, int n)
{
    int i = 0;
    for (; n - i >= 2; i += 2) {
        if (p[i] > 9u || p[i + 1] > 9u) {
            if (p[i] > 9u)
                p[i] = 9u;
            if (p[i + 1] > 9u)
                p[i + 1] = 9u;
        }
    }
    if (i < n && p[i] > 9u)
        p[i] = 9u;
}
