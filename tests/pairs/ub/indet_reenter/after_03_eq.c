#include <stdint.h>

void indet_reenter(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    int i = 0;
    if (n > 0) {
        uint32_t carry = 7u;
    again:
        d[i] = s[i] + carry;
        carry = s[i];
        i++;
        if (i < n)
            goto again;
    }
}
