#include <stddef.h>
#include <stdint.h>

void al_copy(uint32_t *d, const uint32_t *s, int n)
{
    if (n > 0)
        __builtin_memcpy(d, s, (size_t)n * sizeof(uint32_t));
}
