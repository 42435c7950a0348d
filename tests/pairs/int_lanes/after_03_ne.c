#include <stdint.h>

int int_lanes(const int16_t *p)
{
    int t[8] = {0};
    for (int i = 0; i < 4096; i += 8)
        for (int l = 0; l < 8; l++)
            t[l] += p[i + l];
    int s = 0;
    for (int l = 1; l < 8; l++)
        s += t[l];
    return s;
}
