#include <stdint.h>

int short_sum(const int16_t *p, int n)
{
    int a = 0, b = 0;
    for (int i = 0; i < n; i++) {
        if (p[i] > 0)
            a += p[i];
        else
            b += p[i];
    }
    return a + b;
}
