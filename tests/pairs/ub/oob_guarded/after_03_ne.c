#include <stdint.h>

void oob_guarded(uint32_t *restrict d, const uint32_t *restrict s, const uint8_t *restrict m, int n)
{
    int i = 0;
    for (; i < n - (n > 0 ? n % 2 : 0); i += 2) {
        if (m[i] | m[i + 1]) {
            uint32_t v0 = s[i] << 1, v1 = s[i + 1] << 1;
            if (m[i])
                d[i] = v0;
            if (m[i + 1])
                d[i + 1] = v1;
        }
    }
    for (; i < n; i++)
        if (m[i])
            d[i] = s[i] << 1;
}
