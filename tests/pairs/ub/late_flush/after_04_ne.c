#include <stdint.h>

uint32_t late_flush(const uint8_t *s, int n)
{
    uint32_t sum = 0;
    int i = 0;
    while (n - i >= 4) {
        uint16_t a = 0, b = 0, c = 0, e = 0;
        for (int k = 0; k < 4096 && n - i >= 4; k++, i += 4) {
            a = (uint16_t)(a + s[i]);
            b = (uint16_t)(b + s[i + 1]);
            c = (uint16_t)(c + s[i + 2]);
            e = (uint16_t)(e + s[i + 3]);
        }
        sum += (uint32_t)a + b + c + e;
    }
    for (; i < n; i++)
        sum += s[i];
    return sum;
}
