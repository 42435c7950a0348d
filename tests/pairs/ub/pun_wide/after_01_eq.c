#include <stdint.h>

void pun_wide(int16_t *restrict d, const int16_t *restrict s, int n)
{
    int i = 0;
    for (; n - i >= 4; i += 4) {
        uint64_t w;
        __builtin_memcpy(&w, s + i, 8);
        __builtin_memcpy(d + i, &w, 8);
    }
    for (; i < n; i++)
        d[i] = s[i];
}
