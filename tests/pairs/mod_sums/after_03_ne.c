#include <stddef.h>
#include <stdint.h>

uint32_t mod_sums(uint32_t start, const uint8_t *buf, size_t len)
{
    uint32_t a = start & 0xffff, b = start >> 16;
    a %= 65521;
    b %= 65521;
    while (len > 0) {
        size_t m = len < 5552 ? len : 5552;
        for (size_t i = 0; i < m; i++) {
            a += buf[i];
            b += a;
        }
        buf += m;
        a %= 65521;
        b %= 65521;
        len -= m < 5552 ? m : 5551;
    }
    return b << 16 | a;
}
