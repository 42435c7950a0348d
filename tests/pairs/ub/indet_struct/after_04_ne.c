#include <stdint.h>
struct indet_struct_acc { uint32_t x, y; };

uint32_t indet_struct(const uint32_t *s, int n)
{
    struct indet_struct_acc a;
    a.x = 0u;
    for (int i = 0; i < n; i++) {
        a.x += s[i];
        a.y ^= s[i];
    }
    return a.x + a.y;
}
