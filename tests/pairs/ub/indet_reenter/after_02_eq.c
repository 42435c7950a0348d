#include <stdint.h>

void indet_reenter(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t carry;
        if (i == 0)
            carry = 7u;
        else
            carry = s[i - 1];
        d[i] = s[i] + carry;
    }
}
