#include <stdint.h>

int byte_sum(const uint8_t *p, int n)
{
    int a = 0, b = 0, i = 0;
    for (; i + 1 < n; i += 2) {
        a += 2 * p[i];
        b += p[i + 1] - p[i];
    }
    for (; i < n; i++)
        a += p[i];
    return a + b;
}
