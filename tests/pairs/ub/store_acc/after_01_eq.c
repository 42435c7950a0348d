#include <stdint.h>

void store_acc(uint32_t *restrict acc, const uint32_t *restrict s, int n)
{
    if (n <= 0)
        return;
    uint32_t t = *acc;
    for (int i = 0; i < n; i++)
        t += s[i];
    *acc = t;
}
