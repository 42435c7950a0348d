#include <stdint.h>
typedef uint8_t vb __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint16_t vh __attribute__((vector_size(32)));

uint32_t lane_bytes(const uint8_t *a, const uint8_t *b, int n)
{
    uint32_t sum = 0;
    vb acc = {0};
    int i = 0;
    for (; n - i >= 16; i += 16) {
        vb x = *(const vb *)(a + i), y = *(const vb *)(b + i);
        acc += (x | y) - ((x ^ y) >> 1);
    }
    for (int j = 0; j < 16; j++)
        sum += acc[j];
    for (; i < n; i++)
        sum += (uint32_t)(a[i] + b[i] + 1) >> 1;
    return sum;
}
