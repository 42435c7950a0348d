#include <stdint.h>

void al_swap(uint32_t *a, uint32_t *b, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t t = a[i];
        a[i] = b[i];
        b[i] = t;
    }
}
