#include <stddef.h>
#include <stdint.h>
#include <string.h>

void copy_longer(char *to, const char *from, int n, int m)
{
    if (n < 0 || m < n)
        return;
    for (int i = 0; i < n; i++)
        to[i] = from[i];
    for (int i = n; i < m; i++)
        to[i] = from[i];
}
