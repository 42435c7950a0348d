#include <stdint.h>
struct oob_tail_msg { uint32_t len; uint32_t v[4]; };

uint32_t oob_tail(const struct oob_tail_msg *p)
{
    uint32_t n = p->len, even = 0, odd = 0, i = 0;
    for (; i < n - n % 2u; i += 2u) {
        even += p->v[i];
        odd += p->v[i + 1u];
    }
    if (i < n)
        even += p->v[i];
    return even + odd;
}
