#include <stdint.h>

void inner_ptr(uint32_t (*m)[16], int rows)
{
    for (int64_t k = 0; k < (int64_t)rows * 16; k++)
        m[0][k] += 1u;
}
