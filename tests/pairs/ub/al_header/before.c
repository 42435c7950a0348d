#include <stdint.h>
struct al_header_vec { uint32_t *p; uint32_t n, tag; };

void al_header(struct al_header_vec *v)
{
    for (uint32_t i = 0; i < v->n; i++)
        v->p[i] = 0u;
}
