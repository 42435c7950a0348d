#include <stdint.h>
uint32_t oob_global_a[64];

uint32_t oob_global(int n)
{
    uint32_t sum = 0, next = oob_global_a[0];
    for (int i = 0; i < n; i++) {
        sum += next;
        next = oob_global_a[(i + 1) & 63];
    }
    return sum;
}
