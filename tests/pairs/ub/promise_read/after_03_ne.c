#include <stdint.h>

uint32_t promise_read(const uint32_t *a, const uint32_t *b, int n)
{
    uint32_t sum = 0;
    const uint32_t (*p)[n] = (const uint32_t (*)[n])a;
    for (int i = 0; i < n; i++)
        sum += (*p)[i] * b[i];
    return sum;
}
