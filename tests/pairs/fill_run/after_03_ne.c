#include <stddef.h>
#include <stdint.h>
#include <string.h>

void fill_run(int32_t *a, int n)
{
    if (n > 0)
        memset(a, 1, n * sizeof *a);
}
