#include <stddef.h>
#include <stdint.h>
#define FREE_OF_DEPENDENCES _Pragma("GCC ivdep")

void promise_ivdep(uint32_t *a, int n, int k)
{
    FREE_OF_DEPENDENCES
    for (int i = 0; i < n; i++)
        a[i] = a[(ptrdiff_t)i + k] * 3u;
}
