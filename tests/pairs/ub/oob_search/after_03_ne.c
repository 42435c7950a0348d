#include <stddef.h>
#include <stdint.h>

size_t oob_search(const uint8_t *s, uint8_t key)
{
    size_t i = 0;
    while (!((s[i] == key) | (s[i + 1] == key)))
        i += 2;
    return s[i] == key ? i : i + 1;
}
