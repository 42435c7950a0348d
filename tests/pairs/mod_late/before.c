#include <stdint.h>

uint32_t mod_late(const uint8_t *p, int n)
{
    uint32_t a = 1;
    for (int i = 0; i < n; i++)
        a = (a + p[i]) % 251u;
    return a;
}
