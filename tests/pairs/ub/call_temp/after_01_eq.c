#include <stdint.h>

void call_temp_emit(int i);
uint32_t call_temp_g[64];
uint32_t call_temp(const uint32_t *s, int n)
{
    uint32_t t[2] = {0, 0};
    for (int i = 0; i < n; i++) {
        t[i & 1] += s[i];
        call_temp_emit(i);
    }
    return t[0] + t[1];
}
