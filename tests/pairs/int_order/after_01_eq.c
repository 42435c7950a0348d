#include <stdint.h>

int int_order(const int *p, int n)
{
    unsigned a = 0, b = 0;
    int i = 0;
    for (; n - i >= 2; i += 2) {
        a += (unsigned)p[i];
        b += (unsigned)p[i + 1];
    }
    if (i < n)
        a += (unsigned)p[i];
    return (int)(a + b);
}
