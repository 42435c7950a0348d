#include <stdint.h>

void seq_index(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    int i = 0;
    while (i < n) {
        d[i] = (s[i] ^ 3u) + 0u * (uint32_t)i++;
    }
}
