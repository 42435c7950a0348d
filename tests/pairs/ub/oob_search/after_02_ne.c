#include <stddef.h>
#include <stdint.h>

size_t oob_search(const uint8_t *s, uint8_t key)
{
    size_t i = 0;
    for (;; i += 4) {
        uint8_t a = s[i], b = s[i + 1], c = s[i + 2], e = s[i + 3];
        if (a == key)
            return i;
        if (b == key)
            return i + 1;
        if (c == key)
            return i + 2;
        if (e == key)
            return i + 3;
    }
}
