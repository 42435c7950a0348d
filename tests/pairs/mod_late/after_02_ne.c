#include <stdint.h>

uint32_t mod_late(const uint8_t *p, int n)
{
    uint32_t a = 1;
    int i = 0;
    for (; n - i >= 1024; i += 1024) {
        uint16_t s = 0;
        for (int l = 0; l < 1024; l++)
            s = (uint16_t)(s + p[i + l]);
        a = (a + s) % 251u;
    }
    for (; i < n; i++)
        a = (a + p[i]) % 251u;
    return a;
}
