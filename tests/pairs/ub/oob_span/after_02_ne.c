#include <stdint.h>

uint32_t oob_span(const uint32_t *s, int n)
{
    uint32_t sum = 0;
    for (int i = 0; i < n; i++) {
        uint32_t even = s[2L * i], odd = s[2L * i + 1];
        sum += even + (odd & 0u);
    }
    return sum;
}
