#include <stdint.h>

void al_rows(uint32_t **row, int n)
{
    uint32_t *d = row[0];
    const uint32_t *s = row[1];
    for (int i = 0; i < n; i++)
        d[i] = s[i] ^ 3u;
}
