#include <stdint.h>

void ptr_less(uint32_t *d, const uint32_t *s, int n)
{
    if (n <= 0)
        return;
    if ((const char *)(d + n) <= (const char *)s || (const char *)(s + n) <= (const char *)d) {
        int i = 0;
        for (; n - i >= 4; i += 4) {
            uint32_t a = s[i], b = s[i + 1], c = s[i + 2], e = s[i + 3];
            d[i] = a + 1u;
            d[i + 1] = b + 1u;
            d[i + 2] = c + 1u;
            d[i + 3] = e + 1u;
        }
        for (; i < n; i++)
            d[i] = s[i] + 1u;
    } else {
        for (int i = 0; i < n; i++)
            d[i] = s[i] + 1u;
    }
}
