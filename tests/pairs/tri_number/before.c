#include <stdint.h>

uint64_t tri_number(uint32_t n)
{
    uint64_t s = 0;
    for (uint32_t i = 0; i < n; i++)
        s += i;
    return s;
}
