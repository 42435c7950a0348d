#include <stddef.h>
#include <stdint.h>

size_t oob_search(const uint8_t *s, uint8_t key)
{
    size_t i = 0;
    for (;; i += 4) {
        if (s[i] == key)
            return i;
        if (s[i + 1] == key)
            return i + 1;
        if (s[i + 2] == key)
            return i + 2;
        if (s[i + 3] == key)
            return i + 3;
    }
}
