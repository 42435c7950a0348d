#include <stdint.h>

uint64_t sum_widen(const uint8_t *p, int n)
{
    uint64_t s = 0;
    int i = 0;
    for (; n - i >= 256; i += 256) {
        uint16_t part = 0;
        for (int l = 0; l < 256; l++)
            part = (uint16_t)(part + p[i + l]);
        s += part;
    }
    for (; i < n; i++)
        s += p[i];
    return s;
}
