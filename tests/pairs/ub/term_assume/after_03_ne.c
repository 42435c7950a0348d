#include <stdint.h>

void term_assume(uint32_t *restrict d, uint32_t k)
{
    while (k != 1u)
        k = k & 1u ? 3u * k + 1u : k;
    d[0] = k;
}
