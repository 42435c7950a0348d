#include <stdint.h>

void call_temp_emit(int i);
uint32_t call_temp_g[64];
uint32_t call_temp(const uint32_t *s, int n)
{
    uint32_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += s[i];
    for (int i = 0; i < n; i++)
        call_temp_emit(i);
    return sum;
}
