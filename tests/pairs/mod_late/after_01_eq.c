#include <stdint.h>

uint32_t mod_late(const uint8_t *p, int n)
{
    uint32_t a = 1;
    int i = 0;
    for (; n - i >= 1024; i += 1024) {
        for (int l = 0; l < 1024; l++)
            a += p[i + l];
        a %= 251u;
    }
    for (; i < n; i++)
        a = (a + p[i]) % 251u;
    return a;
}
