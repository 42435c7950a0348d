#include <stddef.h>
#include <stdint.h>
#include <string.h>

void copy_open(char *to, const char *from, size_t n)
{
    size_t i = 0;
    for (; i + 2 <= n; i += 2) {
        char a = from[i];
        char b = from[i + 1];
        to[i] = a;
        to[i + 1] = b;
    }
    if (i < n)
        to[i] = from[i];
}
