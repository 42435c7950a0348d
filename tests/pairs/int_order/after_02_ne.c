#include <stdint.h>

int int_order(const int *p, int n)
{
    int a = 0, b = 0;
    int i = 0;
    for (; n - i >= 2; i += 2) {
        a += p[i];
        b += p[i + 1];
    }
    if (i < n)
        a += p[i];
    return a + b;
}
