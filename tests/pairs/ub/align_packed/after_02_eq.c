#include <stdint.h>
struct __attribute__((packed)) align_packed_rec { uint8_t tag; uint32_t v; };

uint32_t align_packed(const struct align_packed_rec *p, int n)
{
    uint32_t sum = 0;
    for (int i = 0; i < n; i++) {
        const uint8_t *b = (const uint8_t *)&p[i] + 1;
        sum += (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    }
    return sum;
}
