#include <stdint.h>

void scale_run(int32_t *v, int n, int32_t k)
{
    int left = n;
    while (left >= 1) {
        int m = left;
        if (m > 256)
            m = 256;
        int32_t *end = v + m;
        for (; v != end; v++)
            *v = *v / 2 + k % 16;
        left -= m;
    }
}
