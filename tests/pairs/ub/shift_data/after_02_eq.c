#include <stdint.h>

uint32_t shift_data(const uint8_t *s, int n)
{
    uint32_t set = 0;
    for (int i = 0; i < n; i++) {
        set |= (uint32_t)(s[i] < 32) << (s[i] & 31);
    }
    return set;
}
