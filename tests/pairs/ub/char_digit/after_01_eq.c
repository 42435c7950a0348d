#include <stdint.h>

void char_digit(int *restrict d, const char *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = (signed char)s[i] < 0;
}
