#include <stddef.h>
#include <stdint.h>
#include <string.h>

void copy_guarded(char *to, const char *from, size_t n)
{
    if (n)
        memcpy(to, from, n);
}
