#include <stdint.h>
typedef uint32_t w __attribute__((may_alias));

void pun_sign(float *restrict d, const float *restrict s, int n)
{
    for (int i = 0; i < n; i++) {
        ((w *)d)[i] = ((const w *)s)[i] & 0x7fffffffu;
    }
}
