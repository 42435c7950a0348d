#include <stdint.h>
struct null_list_node { uint32_t v; struct null_list_node *next; };

uint32_t null_list(const struct null_list_node *p)
{
    uint32_t sum = 0;
    while (p) {
        const struct null_list_node *next = p->next;
        sum += p->v;
        p = next;
    }
    return sum;
}
