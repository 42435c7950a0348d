#include <stdint.h>

void call_guard_emit(int i);
void call_guard(int32_t *restrict d, int n, int x, int k)
{
    if (n <= 0)
        return;
    int q = x / k;
    for (int i = 0; i < n; i++) {
        call_guard_emit(i);
        d[i] = q;
    }
}
