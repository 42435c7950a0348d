#include <stdint.h>

uint32_t promise_read(const uint32_t a[static 8], const uint32_t *b, int n)
{
    uint32_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}
