#include <stdint.h>

struct pair {
    int16_t key;
    int16_t value;
};

int16_t best_value(const struct pair *v, int n)
{
    if (n < 2)
        return 0;
    int16_t key = v[0].key, value = v[0].value;
    for (int i = 1; i < n; i++)
        if (v[i].key > key) {
            key = v[i].key;
            value = v[i].key;
        }
    return value;
}
