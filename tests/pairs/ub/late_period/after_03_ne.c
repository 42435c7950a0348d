#include <stdint.h>

void late_period(uint32_t *d, int n)
{
    uint32_t c = 0;
    for (int i = 0; i < n; i++) {
        d[i] = c;
        c = (c + 1u) & 1023u;
    }
}
