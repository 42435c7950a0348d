#include <stdint.h>

int byte_sum(const uint8_t *p, int n)
{
    int a = 0, b = 0, c = 0, d = 0, i = 0;
    for (; i + 3 < n; i += 4) {
        a += p[i];
        b += p[i + 1];
        c += p[i + 2];
        d += p[i + 3];
    }
    for (; i < n; i++)
        a += p[i];
    return a + b + c + d;
}
