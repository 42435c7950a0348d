#include <stdint.h>

uint32_t cells[24][40], weight[40];

uint32_t grid_dot(int rows)
{
    uint32_t s = 0;
    for (int c = 0; c < 40; c++) {
        uint32_t t = 0;
        for (int r = 0; r < rows; r++) {
            t += cells[r][c];
            s += t * weight[c];
        }
    }
    return s;
}
