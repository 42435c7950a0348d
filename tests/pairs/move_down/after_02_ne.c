#include <stddef.h>
#include <stdint.h>
#include <string.h>

void move_down(int32_t *a, int n)
{
    if (n > 1)
        memcpy(a, a + 1, (n - 1) * sizeof *a);
}
