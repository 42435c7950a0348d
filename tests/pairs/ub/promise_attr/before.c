#include <stdint.h>

uint32_t promise_attr_tick(uint32_t x);
void promise_attr(uint32_t *restrict d, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = promise_attr_tick((uint32_t)i & 1u);
}
