#include <stdint.h>

uint32_t red_count(const uint32_t *a, int n)
{
    uint32_t s = 0, t = 0;
    for (int i = 0; i < n; i++) {
        s += a[i];
        t += a[i];
    }
    return s + t;
}
