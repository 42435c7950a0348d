#include <stdint.h>

int byte_sum(const uint8_t *p, int n)
{
    int a = 0, b = 0, i = 0;
    for (; i + 1 < n; i += 2) {
        a += p[i] - p[i + 1];
        b += p[i + 1];
    }
    for (; i < n; i++)
        a += p[i];
    return a + b + b;
}
