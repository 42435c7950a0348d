#include <stdint.h>

void promise_safelen(uint32_t *a, int n)
{
#pragma GCC ivdep
    for (int i = 4; i < n; i++)
        a[i] = a[i - 4] ^ 9u;
}
