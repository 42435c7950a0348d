#include <stdint.h>

uint32_t mod_late(const uint8_t *p, int n)
{
    uint32_t a = 1;
    int i = 0;
    for (; n - i >= 8; i += 8) {
        for (int l = 0; l < 8; l++)
            a += p[i + l];
    }
    for (; i < n; i++)
        a = (a + p[i]) % 251u;
    return a;
}
