#include <stddef.h>
#include <stdint.h>
#include <string.h>

void copy_run(double *restrict to, const double *restrict from, int n)
{
    if (n > 0)
        memcpy(to, from, n * 8);
}
