#include <stdint.h>
uint32_t unsigned_wrap_t[48];

uint32_t unsigned_wrap(uint32_t base, int n)
{
    uint32_t sum = 0;
    uint32_t k = base % 48u;
    for (int i = 0; i < n; i++) {
        sum = sum * 31u + unsigned_wrap_t[k];
        k = k == 47u ? 0u : k + 1u;
    }
    return sum;
}
