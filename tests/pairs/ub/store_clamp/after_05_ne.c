#include <stdint.h>

void store_clamp(uint32_t *p, int n)
{
    int i = 0;
    for (; n - i >= 2; i += 2) {
        uint32_t a = p[i], b = p[i + 1];
        if (a > 9u || b > 9u) {
            p[i] = a > 9u ? 9u : a;
            p[i + 1] = b > 9u ? 9u : b;
        }
    }
    if (i < n && p[i] > 9u)
        p[i] = 9u;
}
