#include <stdint.h>

extern uint32_t promise_attr_tick(uint32_t);
void promise_attr(uint32_t *restrict d, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = promise_attr_tick((uint32_t)i & 1u);
}
