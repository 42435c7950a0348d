#include <stdint.h>
struct null_list_node { uint32_t v; struct null_list_node *next; };

uint32_t null_list(const struct null_list_node *p)
{
    uint32_t v = p->v;
    uint32_t sum = 0;
    while (p) {
        sum += v;
        p = p->next;
        v = p ? p->v : 0;
    }
    return sum;
}
