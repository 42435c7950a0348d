#include <stddef.h>
#include <stdint.h>
#include <string.h>

void move_up(uint8_t *a, int n)
{
    for (int i = 1; i < n; i++)
        a[i] = a[i - 1];
}
