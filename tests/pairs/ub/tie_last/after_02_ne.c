#include <stdint.h>

int tie_last(const int32_t *a, int n)
{
    int k = 0;
    int32_t m = INT32_MIN;
    for (int i = 0; i < n; i++)
        if (a[i] >= m) {
            m = a[i];
            k = i;
        }
    return k;
}
