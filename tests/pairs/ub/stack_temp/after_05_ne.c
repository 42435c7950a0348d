#include <stdint.h>

static void stack_temp_step(uint32_t *d, const uint32_t *s, int i, int n)
{
    if (i >= n)
        return;
    d[i] = s[i] * 7u;
    stack_temp_step(d, s, i + 1, n);
}
void stack_temp(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    stack_temp_step(d, s, 0, n);
}
