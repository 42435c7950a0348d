#include <stdint.h>

uint32_t late_flush(const uint8_t *s, int n)
{
    uint32_t sum = 0;
    int i = 0;
    while (n - i >= 4) {
        uint32_t a = 0, b = 0, c = 0, e = 0;
        for (int k = 0; k < 1048576 && n - i >= 4; k++, i += 4) {
            a = (uint32_t)(a + s[i]);
            b = (uint32_t)(b + s[i + 1]);
            c = (uint32_t)(c + s[i + 2]);
            e = (uint32_t)(e + s[i + 3]);
        }
        sum += (uint32_t)a + b + c + e;
    }
    for (; i < n; i++)
        sum += s[i];
    return sum;
}
