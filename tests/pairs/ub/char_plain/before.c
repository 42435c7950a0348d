#include <stdint.h>

void char_plain(int *restrict d, const char *restrict s, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = s[i];
}
