#include <stdint.h>

uint32_t null_zero(const uint32_t *s, int n)
{
    if (n <= 0)
        return 0;
    uint32_t m = s[0];
    for (int i = 1; i < n; i++)
        m = s[i] > m ? s[i] : m;
    return m;
}
