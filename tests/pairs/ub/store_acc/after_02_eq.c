#include <stdint.h>

void store_acc(uint32_t *restrict acc, const uint32_t *restrict s, int n)
{
    uint32_t t = 0;
    for (int i = 0; i < n; i++)
        t += s[i];
    if (n > 0)
        *acc += t;
}
