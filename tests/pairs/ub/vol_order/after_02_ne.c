#include <stdint.h>

void vol_order(volatile uint32_t *ctl, volatile uint32_t *dat, const uint32_t *s, int n)
{
    for (int i = 0; i < n; i++) {
        *ctl = 1u;
        *dat = s[i];
    }
}
