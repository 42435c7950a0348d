#include <stdint.h>

uint32_t null_zero(const uint32_t *s, int n)
{
    uint32_t first = *s;
    uint32_t m = n > 0 ? first : 0;
    for (int i = 1; i < n; i++)
        m = s[i] > m ? s[i] : m;
    return m;
}
