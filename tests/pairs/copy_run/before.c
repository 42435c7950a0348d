#include <stddef.h>
#include <stdint.h>
#include <string.h>

void copy_run(double *restrict to, const double *restrict from, int n)
{
    for (int i = 0; i < n; i++)
        to[i] = from[i];
}
