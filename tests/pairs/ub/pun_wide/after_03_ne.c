#include <stdint.h>

void pun_wide(int16_t *restrict d, const int16_t *restrict s, int n)
{
    int i = 0;
    for (; n - i >= 4; i += 4) {
        *(uint64_t *)(d + i) = *(const uint64_t *)(s + i);
    }
    for (; i < n; i++)
        d[i] = s[i];
}
