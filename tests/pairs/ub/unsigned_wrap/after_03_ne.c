#include <stdint.h>
uint32_t unsigned_wrap_t[48];

uint32_t unsigned_wrap(uint32_t base, int n)
{
    uint32_t sum = 0;
    for (int i = 0; i < n; i++) {
        sum = sum * 31u + unsigned_wrap_t[((uint64_t)base + (uint64_t)i) % 48u];
    }
    return sum;
}
