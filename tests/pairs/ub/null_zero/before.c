#include <stdint.h>

uint32_t null_zero(const uint32_t *s, int n)
{
    uint32_t m = 0;
    for (int i = 0; i < n; i++)
        if (s[i] > m)
            m = s[i];
    return m;
}
