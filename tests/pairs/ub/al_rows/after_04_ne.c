#include <stdint.h>

void al_rows(uint32_t **row, int n)
{
    if (n <= 0)
        return;
    int i = 0;
    if (row[0] != row[1])
        for (; n - i >= 2; i += 2) {
            uint32_t a = row[1][i], b = row[1][i + 1];
            row[0][i] = a ^ 3u;
            row[0][i + 1] = b ^ 3u;
        }
    for (; i < n; i++)
        row[0][i] = row[1][i] ^ 3u;
}
