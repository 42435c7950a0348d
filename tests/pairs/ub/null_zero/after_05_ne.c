#include <stdint.h>

uint32_t null_zero(const uint32_t *s, int n)
{
    uint32_t m = 0;
    int i = 0;
    do {
        uint32_t v = s[i];
        if (i < n && v > m)
            m = v;
        i++;
    } while (i < n);
    return m;
}
