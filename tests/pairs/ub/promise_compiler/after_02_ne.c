#include <stdint.h>

int32_t promise_compiler(const int32_t *a, int n)
{
    int32_t m = 0;
    for (int i = 0; i < n; i++) {
        uint32_t t = (uint32_t)m - (uint32_t)a[i];
        if (a[i] < m)
#ifdef __clang__
            m = (int32_t)(t >> 1);
#else
            m = (int32_t)t;
#endif
    }
    return m;
}
