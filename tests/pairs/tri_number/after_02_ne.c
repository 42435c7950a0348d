#include <stdint.h>

uint64_t tri_number(uint32_t n)
{
    return n == 0 ? 0 : n * (n - 1u) / 2u;
}
