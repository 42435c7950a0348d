#include <stddef.h>
#include <stdint.h>

uint32_t mod_sums(uint32_t start, const uint8_t *buf, size_t len)
{
    uint32_t a = start & 0xffff, b = start >> 16;
    a %= 65521;
    b %= 65521;
    for (size_t i = 0; i < len; i++) {
        a = (a + buf[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}
