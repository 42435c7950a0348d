#include <stdint.h>

void fill_count(uint32_t *restrict q, int n)
{
    for (int i = 0; i < n; i++) {
        uint64_t u = (uint64_t)i;
        q[i] = 7u + 10u * (uint32_t)i + (i == 0 ? 0u : 3u * (uint32_t)(u * (u - 1u) / 2u));
    }
}
