#include <stdint.h>

int byte_sum(const uint8_t *p, int n)
{
    int s = 0, twice = 0;
    for (int i = 0; i < n; i++) {
        s += p[i];
        twice += p[i];
        twice += p[i];
    }
    return s;
}
