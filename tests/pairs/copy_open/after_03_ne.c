#include <stddef.h>
#include <stdint.h>
#include <string.h>

void copy_open(char *to, const char *from, size_t n)
{
    for (size_t i = 0; i <= n; i++)
        to[i] = from[i];
}
