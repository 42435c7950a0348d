#include <stdint.h>

void store_acc(uint32_t *restrict acc, const uint32_t *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        *acc += s[i];
}
