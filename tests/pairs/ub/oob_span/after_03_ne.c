#include <stdint.h>

uint32_t oob_span(const uint32_t *s, int n)
{
    uint32_t sum = 0;
    for (int i = n; i > 0; i--) {
        uint32_t odd = s[2L * i - 3], even = s[2L * i - 2];
        sum += even + (odd & 0u);
    }
    return sum;
}
