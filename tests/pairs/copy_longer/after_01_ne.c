#include <stddef.h>
#include <stdint.h>
#include <string.h>

void copy_longer(char *to, const char *from, int n, int m)
{
    if (n < 0 || m <= n)
        return;
    memcpy(to, from, m);
}
