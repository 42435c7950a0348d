#include <stdint.h>

uint32_t twice_sum(const uint32_t *p, int n)
{
    uint32_t a = 0, b = 0;
    for (int i = 0; i < n; i++) {
        a += p[i];
        b += a;
    }
    return b;
}
