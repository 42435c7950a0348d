#include <stddef.h>
#include <stdint.h>

size_t oob_search(const uint8_t *s, uint8_t key)
{
    size_t off = (size_t)((uintptr_t)s & 7u);
    const uint8_t *b = (const uint8_t *)((uintptr_t)s - off);
    for (size_t k = 0;; k += 8) {
        uint32_t hit = 0;
        for (size_t j = 0; j < 8; j++)
            hit |= (uint32_t)(b[k + j] == key) << j;
        if (k == 0)
            hit = hit >> off << off;
        if (hit) {
            for (size_t j = 0; j < 8; j++)
                if (hit >> j & 1u)
                    return k + j - off;
        }
    }
}
