#include <stdint.h>

void indet_reenter(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    int i = 0;
    if (n > 0) {
    again:;
        uint32_t carry;
        if (i == 0)
            carry = 7u;
        d[i] = s[i] + carry;
        carry = s[i];
        i++;
        if (i < n)
            goto again;
    }
}
