#include <stdint.h>

void call_order_emit(uint32_t v);
void call_order(uint32_t *d, const uint32_t *s, int n)
{
    if (n <= 0)
        return;
    uint32_t next = s[0];
    for (int i = 0; i < n; i++) {
        uint32_t cur = next;
        if (i < n - 1)
            next = s[i + 1];
        d[i] = cur + 1u;
        call_order_emit(cur + 1u);
    }
}
