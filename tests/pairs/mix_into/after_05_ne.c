#include <stdint.h>

void mix_into(int32_t *out, const int32_t *a, const int32_t *b, int n)
{
    uintptr_t o = (uintptr_t)out, x = (uintptr_t)a, y = (uintptr_t)b;
    uintptr_t len = (uintptr_t)n * sizeof(int32_t);
    if (n > 0 && (o + len - 5 <= x || x + len - 5 <= o) && (o + len <= y || y + len <= o)) {
        int32_t t[8];
        int i = 0;
        for (; n - i >= 8; i += 8) {
            for (int l = 0; l < 8; l++)
                t[l] = (a[i + l] >> 1) ^ b[i + l];
            for (int l = 0; l < 8; l++)
                out[i + l] = t[l];
        }
        for (; i < n; i++)
            out[i] = (a[i] >> 1) ^ b[i];
    } else {
        for (int i = 0; i < n; i++)
            out[i] = (a[i] >> 1) ^ b[i];
    }
}
