#include <stdint.h>
struct al_header_vec { uint32_t *p; uint32_t n, tag; };

void al_header(struct al_header_vec *v)
{
    uint32_t *p = v->p, n = v->n;
    for (uint32_t i = 0; i < n; i++)
        p[i] = 0u;
}
