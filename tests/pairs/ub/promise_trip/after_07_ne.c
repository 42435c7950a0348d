#include <stdint.h>

uint32_t promise_trip(const uint32_t *s, int n)
{
    uint32_t sum = 0;
    int i = 0;
    for (; n - i >= 4; i += 4)
        sum += s[i] + s[i + 1] + s[i + 2] + s[i + 3];
    if (n > 0)
        switch ((unsigned)n & 3u) {
        case 2:
            sum += s[i + 1];
            /* fall through */
        case 1:
            sum += s[i];
            /* fall through */
        case 0:
            break;
        default:
            __builtin_unreachable();
        }
    return sum;
}
