#include <stdint.h>

void inner_ptr(uint32_t (*m)[16], int rows)
{
    int i = 0;
    for (; rows - i >= 5; i += 5)
        for (int b = 0; b < 4; b++)
            for (int j = 0; j < 20; j++)
                m[i + b][4 * b + j] += 1u;
    for (; i < rows; i++)
        for (int j = 0; j < 16; j++)
            m[i][j] += 1u;
}
