#include <stddef.h>
#include <stdint.h>
#include <string.h>

void copy_guarded(char *to, const char *from, size_t n)
{
    if (n && ((uintptr_t)to >= (uintptr_t)(from + n) || (uintptr_t)from >= (uintptr_t)(to + n)))
        memcpy(to, from, n);
    else
        for (size_t i = 0; i < n; i++)
            to[i] = from[i];
}
