#include <stdint.h>

uint32_t oob_span(const uint32_t *s, int n)
{
    uint32_t sum = 0;
    int i = 0;
    if (n <= 0)
        return 0;
    for (; i < n - 1; i++) {
        uint32_t even = s[2L * i], odd = s[2L * i + 1];
        sum += even + (odd & 0u);
    }
    if (i < n)
        sum += s[2L * i];
    return sum;
}
