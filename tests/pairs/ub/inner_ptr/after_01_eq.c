#include <stdint.h>

void inner_ptr(uint32_t (*m)[16], int rows)
{
    for (int i = 0; i < rows; i++) {
        uint32_t *row = m[i];
        for (int j = 0; j < 16; j++)
            row[j] = row[j] + 1u;
    }
}
