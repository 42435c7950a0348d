#include <stdint.h>
struct __attribute__((packed)) align_packed_rec { uint8_t tag; uint32_t v; };

uint32_t align_packed(const struct align_packed_rec *p, int n)
{
    uint32_t sum = 0;
    for (int i = 0; i < n; i++) {
        uint32_t v = p[i].v;
        sum = v + sum;
    }
    return sum;
}
