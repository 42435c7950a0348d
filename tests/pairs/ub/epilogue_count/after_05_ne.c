#include <stdint.h>

void epilogue_count(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    int i = 0;
    uint8_t blocks = (uint8_t)(n > 0 ? n / 8 : 0);
    for (; i < blocks * 8; i += 8)
        for (int j = 0; j < 8; j++)
            d[i + j] = s[i + j] ^ 6u;
    for (int j = 0; j < 8 && i < n; j++, i++)
        d[i] = s[i] ^ 6u;
}
