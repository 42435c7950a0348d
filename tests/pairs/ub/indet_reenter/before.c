#include <stdint.h>

void indet_reenter(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    uint32_t carry = 7u;
    for (int i = 0; i < n; i++) {
        d[i] = s[i] + carry;
        carry = s[i];
    }
}
