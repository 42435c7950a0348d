#include <stdint.h>
struct indet_struct_acc { uint32_t x, y; };

uint32_t indet_struct(const uint32_t *s, int n)
{
    uint32_t x = 0u, y = 0u;
    for (int i = 0; i < n; i++) {
        x += s[i];
        y ^= s[i];
    }
    return x + y;
}
