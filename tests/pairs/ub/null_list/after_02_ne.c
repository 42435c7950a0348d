#include <stdint.h>
struct null_list_node { uint32_t v; struct null_list_node *next; };

uint32_t null_list(const struct null_list_node *p)
{
    uint32_t sum = 0;
    while (p) {
        const struct null_list_node *next = p->next;
        uint32_t ahead = next->v;
        sum += p->v + (ahead & 0u);
        p = next;
    }
    return sum;
}
