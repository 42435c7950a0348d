#include <stdint.h>

uint32_t cells[24][40], weight[40];

uint32_t grid_dot(int rows)
{
    uint32_t part[4] = {0, 0, 0, 0};
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < 40; c += 4)
            for (int l = 0; l < 4; l++)
                part[l] += cells[r][c + l] * weight[c + l];
    return (part[0] + part[2]) + (part[1] + part[1]);
}
