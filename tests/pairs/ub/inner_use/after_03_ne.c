#include <stdint.h>
uint32_t inner_use_m[8][16];

void inner_use(int r, int m)
{
    if (m <= 0)
        return;
    uint32_t first = inner_use_m[r + 1][0];
    for (int j = 0; j < 16; j++)
        inner_use_m[r][j] = first + (uint32_t)j;
}
