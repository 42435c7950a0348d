#include <stdint.h>

void pun_sign(float *restrict d, const float *restrict s, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t u;
        __builtin_memcpy(&u, &s[i], 4);
        u &= 0x7fffffffu;
        float x;
        __builtin_memcpy(&x, &u, 4);
        d[i] = x;
    }
}
