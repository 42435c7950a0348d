#include <stdint.h>

void store_acc(uint32_t *restrict acc, const uint32_t *restrict s, int n)
{
    uint32_t a = *acc, t = a;
    for (int i = 0; i < n; i++)
        t += s[i];
    if (t != a)
        *acc = t;
}
