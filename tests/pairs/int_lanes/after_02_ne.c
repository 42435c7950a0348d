#include <stdint.h>

int int_lanes(const int16_t *p)
{
    int s = 0;
    for (int i = 0; i < 4096; i++)
        s += 17 * p[i];
    return s / 17;
}
