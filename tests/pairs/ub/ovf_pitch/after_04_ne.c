#include <stddef.h>
#include <stdint.h>

uint32_t ovf_pitch(const uint8_t *s, int rows, int pitch)
{
    uint32_t sum = 0;
    int off = 0;
    for (int i = 0; i < rows; i++) {
        sum += s[off];
        off += pitch;
    }
    return sum;
}
