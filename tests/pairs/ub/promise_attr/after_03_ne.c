#include <stdint.h>

__attribute__((const)) uint32_t promise_attr_tick(uint32_t x);
void promise_attr(uint32_t *restrict d, int n)
{
    uint32_t even = n > 0 ? promise_attr_tick(0u) : 0u, odd = n > 1 ? promise_attr_tick(1u) : 0u;
    for (int i = 0; i < n; i++)
        d[i] = i & 1 ? odd : even;
}
