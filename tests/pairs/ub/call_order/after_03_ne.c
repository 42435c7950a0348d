#include <stdint.h>

void call_order_emit(uint32_t v);
void call_order(uint32_t *d, const uint32_t *s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = s[i] + 1u;
    for (int i = 0; i < n; i++)
        call_order_emit(d[i]);
}
