#include <stdint.h>

void call_guard_emit(int i);
void call_guard(int32_t *restrict d, int n, int x, int k)
{
    if (n <= 0)
        return;
    call_guard_emit(0);
    int q = x / k;
    d[0] = q;
    for (int i = 1; i < n; i++) {
        call_guard_emit(i);
        d[i] = q;
    }
}
