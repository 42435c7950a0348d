#include <stdint.h>

struct pair {
    int16_t key;
    int16_t value;
};

int16_t best_value(const struct pair *v, int n)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (v[i].key > v[best].key)
            best = i;
    return n > 1 ? v[best].value : 0;
}
