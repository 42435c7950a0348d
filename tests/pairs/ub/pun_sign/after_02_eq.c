#include <stdint.h>

void pun_sign(float *restrict d, const float *restrict s, int n)
{
    for (int i = 0; i < n; i++) {
        union { float f; uint32_t u; } v;
        v.f = s[i];
        v.u &= 0x7fffffffu;
        d[i] = v.f;
    }
}
