#include <stdint.h>

uint64_t tri_number(uint32_t n)
{
    uint64_t m = n;
    return m * (m + 1u) / 2u;
}
