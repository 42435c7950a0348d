#include <stdint.h>

void call_static_emit(uint32_t v);
static uint32_t call_static_total;
uint32_t call_static(const uint32_t *s, int n)
{
    for (int i = 0; i < n; i++) {
        call_static_total += s[i];
        call_static_emit(s[i]);
    }
    return call_static_total;
}
