#include <stdint.h>

void char_digit(int *restrict d, const char *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = (unsigned char)s[i] >= 128;
}
