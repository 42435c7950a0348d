#include <stdint.h>
struct __attribute__((packed)) align_packed_rec { uint8_t tag; uint32_t v; };

uint32_t align_packed(const struct align_packed_rec *p, int n)
{
    const uint8_t *b = (const uint8_t *)p;
    uint32_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += *(const uint32_t *)(b + 5L * i + 1);
    return sum;
}
