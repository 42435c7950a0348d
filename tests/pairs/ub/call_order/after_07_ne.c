#include <stdint.h>

void call_order_emit(uint32_t v);
void call_order(uint32_t *d, const uint32_t *s, int n)
{
    for (int i = n; i > 0; i--) {
        d[i - 1] = s[i - 1] + 1u;
        call_order_emit(d[i - 1]);
    }
}
