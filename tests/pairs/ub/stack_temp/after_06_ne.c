#include <stdint.h>

void stack_temp(uint32_t *restrict d, const uint32_t *restrict s, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t *t = __builtin_alloca(4u);
        *t = s[i] * 7u;
        d[i] = *t;
    }
}
