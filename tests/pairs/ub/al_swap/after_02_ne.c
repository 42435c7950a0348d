#include <stdint.h>

void al_swap(uint32_t *a, uint32_t *b, int n)
{
    int i = 0;
    for (; n - i >= 2; i += 2) {
        uint32_t t = a[i], u = b[i], v = a[i + 1], w = b[i + 1];
        a[i] = u;
        b[i] = t;
        a[i + 1] = w;
        b[i + 1] = v;
    }
    if (i < n) {
        uint32_t t = a[i];
        a[i] = b[i];
        b[i] = t;
    }
}
