#include <stdint.h>
struct al_header_vec { uint32_t *p; uint32_t n, tag; };

void al_header(struct al_header_vec *v)
{
    if (v->n == 0)
        return;
    uint32_t *p = v->p;
    for (uint32_t i = 0; i < v->n; i++)
        p[i] = 0u;
}
