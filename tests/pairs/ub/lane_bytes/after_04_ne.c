#include <stdint.h>
typedef uint8_t vb __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint16_t vh __attribute__((vector_size(32)));

uint32_t lane_bytes(const uint8_t *a, const uint8_t *b, int n)
{
    uint32_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += (uint32_t)((a[i] & b[i]) + ((a[i] ^ b[i]) >> 1));
    return sum;
}
