#include <stddef.h>
#include <stdint.h>

uint32_t ovf_pitch(const uint8_t *s, int rows, int pitch)
{
    uint32_t sum = 0;
    for (int i = 0; i < rows; i++) {
        sum += s[(ptrdiff_t)((uint64_t)i * (uint64_t)(int64_t)pitch)];
    }
    return sum;
}
