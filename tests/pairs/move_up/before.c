#include <stddef.h>
#include <stdint.h>
#include <string.h>

void move_up(uint8_t *a, int n)
{
    if (n > 1)
        memmove(a + 1, a, n - 1);
}
