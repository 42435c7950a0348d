#include <stdint.h>

int byte_sum(const uint8_t *p, int n)
{
    int a = 0, b = 0, half = n / 2;
    for (int i = 0; i < half; i++) {
        a += p[i];
        b += p[i + half];
    }
    if (n > 0 && n % 2)
        a += p[n - 1];
    return a + b;
}
