#include <stdint.h>

int32_t max_lanes(const int32_t *p, int n)
{
    int32_t m[4] = {-1000, -1000, -1000, -1000};
    int i = 0;
    for (; n - i >= 4; i += 4)
        for (int l = 0; l < 4; l++)
            m[l] = p[i + l] > m[l] ? p[i + l] : m[l];
    for (int l = 1; l < 4; l++)
        m[0] = m[l] > m[0] ? m[l] : m[0];
    for (; i < n; i++)
        m[0] = p[i] > m[0] ? p[i] : m[0];
    return m[0];
}
