#include <stdint.h>

void indet_reenter(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    for (int i = 0; i < n; i++) {
        if (i == 0)
            goto first;
        {
            uint32_t carry;
            if (0) {
            first:
                carry = 7u;
            }
            d[i] = s[i] + carry;
            carry = s[i];
        }
    }
}
