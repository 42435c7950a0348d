#include <stdint.h>

void vol_order(volatile uint32_t *ctl, volatile uint32_t *dat, const uint32_t *s, int n)
{
    if (n > 0) {
        *dat = s[0];
        *ctl = 1u;
        for (int i = 1; i < n; i++) {
            uint32_t v = s[i];
            *dat = v;
            *ctl = 1u;
        }
    }
}
