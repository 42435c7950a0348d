#include <stdint.h>

void epilogue_count(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    int i = 0;
    for (; n - i >= 8; i += 8)
        for (int j = 0; j < 8; j++)
            d[i + j] = s[i + j] ^ 6u;
    for (; i < n; i++)
        d[i] = s[i] ^ 6u;
}
