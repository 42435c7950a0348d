#include <stdint.h>
typedef uint64_t w __attribute__((may_alias));

void pun_wide(int16_t *restrict d, const int16_t *restrict s, int n)
{
    int i = 0;
    for (; n - i >= 4; i += 4) {
        *(w *)(d + i) = *(const w *)(s + i);
    }
    for (; i < n; i++)
        d[i] = s[i];
}
