#include <stdint.h>
uint32_t counts[64];

void bins_two(const uint8_t *restrict p, int n)
{
    uint32_t one[64] = {0}, two[64] = {0};
    int i = 0;
    for (; i + 1 < n; i += 2) {
        one[p[i] & 63]++;
        two[p[i + 1] & 63]++;
    }
    for (; i < n; i++)
        one[p[i] & 63]++;
    for (int b = 0; b < 64; b++) {
        uint32_t c = one[b] + two[b];
        if (one[b] != 0)
            counts[b] += c;
    }
}
