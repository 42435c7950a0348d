#include <stdint.h>

void call_order_emit(uint32_t v);
void call_order(uint32_t *d, const uint32_t *s, int n)
{
    int i = 0;
    for (; n - i >= 2; i += 2) {
        d[i] = s[i] + 1u;
        call_order_emit(d[i]);
        d[i + 1] = s[i + 1] + 1u;
        call_order_emit(d[i + 1]);
    }
    if (i < n) {
        d[i] = s[i] + 1u;
        call_order_emit(d[i]);
    }
}
