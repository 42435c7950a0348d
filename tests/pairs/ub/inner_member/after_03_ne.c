#include <stdint.h>
struct inner_member_pair { uint32_t a[4]; uint32_t b[4]; };

uint32_t inner_member(const struct inner_member_pair *p, int n)
{
    uint32_t sum = 0;
    for (int i = 0; i < n; i++) {
        const uint32_t *q = p[i].a;
        for (int j = 0; j < 4; j++)
            sum += q[j] + q[j + 4];
    }
    return sum;
}
