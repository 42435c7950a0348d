#include <stddef.h>
#include <stdint.h>
#include <string.h>

void move_down(int32_t *a, int n)
{
    for (int i = 0; i < n - 1; i++)
        a[i] = a[i + 1];
}
