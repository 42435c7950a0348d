#include <stdint.h>

void mix_into(int32_t *out, const int32_t *a, const int32_t *b, int n)
{
    for (int i = 0; i < n; i++)
        out[i] = (a[i] >> 1) ^ b[i];
}
