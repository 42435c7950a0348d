#include <stdint.h>

int32_t promise_compiler(const int32_t *a, int n)
{
    int32_t m = 0;
    for (int i = 0; i < n; i++) {
#ifdef __clang__
        uint32_t t = (uint32_t)m - (uint32_t)a[i];
#else
        uint32_t t = (uint32_t)m + ~(uint32_t)a[i] + 1u;
#endif
        if (a[i] < m)
            m = (int32_t)(t >> 1);
    }
    return m;
}
