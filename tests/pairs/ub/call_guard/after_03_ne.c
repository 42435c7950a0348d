#include <stdint.h>

void call_guard_emit(int i);
void call_guard(int32_t *restrict d, int n, int x, int k)
{
    for (int i = 0; i < n; i++) {
        d[i] = x / k;
        call_guard_emit(i);
    }
}
