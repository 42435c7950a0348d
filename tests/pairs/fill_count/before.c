#include <stdint.h>

void fill_count(uint32_t *restrict q, int n)
{
    uint32_t s = 7, c = 0;
    for (int i = 0; i < n; i++) {
        q[i] = s + c;
        s += 3u * (uint32_t)i;
        c += 10u;
    }
}
