#include <stdint.h>

void al_rows(uint32_t **row, int n)
{
    int i = 0;
    for (; n - i >= 2; i += 2) {
        uint32_t a = row[1][i], b = row[1][i + 1];
        row[0][i] = a ^ 3u;
        row[0][i + 1] = b ^ 3u;
    }
    if (i < n)
        row[0][i] = row[1][i] ^ 3u;
}
