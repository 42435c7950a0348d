#include <stddef.h>
#include <stdint.h>
#include <string.h>

void fill_run(int32_t *a, int n)
{
    for (int i = 0; i < n; i++)
        a[i] = -1;
}
