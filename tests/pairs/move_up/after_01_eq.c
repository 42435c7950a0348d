#include <stddef.h>
#include <stdint.h>
#include <string.h>

void move_up(uint8_t *a, int n)
{
    if (n <= 1)
        return;
    for (int i = n - 1; i > 0; i--)
        a[i] = a[i - 1];
}
