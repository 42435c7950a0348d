#include <stdint.h>
static uint32_t seq_args_next(uint32_t *st)
{
    *st = *st * 1664525u + 1013904223u;
    return *st >> 8;
}
static uint32_t seq_args_mix(uint32_t a, uint32_t b)
{
    return a - (b ^ 1u);
}

void seq_args(uint32_t *d, int n, uint32_t seed)
{
    uint32_t st = seed;
    for (int i = 0; i < n; i++) {
        uint32_t a = seq_args_next(&st);
        d[i] = seq_args_mix(a, seq_args_next(&st));
    }
}
