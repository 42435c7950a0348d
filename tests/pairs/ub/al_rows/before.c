#include <stdint.h>

void al_rows(uint32_t **row, int n)
{
    for (int i = 0; i < n; i++)
        row[0][i] = row[1][i] ^ 3u;
}
