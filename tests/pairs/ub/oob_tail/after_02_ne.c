#include <stdint.h>
struct oob_tail_msg { uint32_t len; uint32_t v[4]; };

uint32_t oob_tail(const struct oob_tail_msg *p)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < 4u; i++)
        sum += p->v[i] & -(uint32_t)(i < p->len);
    return sum;
}
