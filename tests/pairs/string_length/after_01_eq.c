#include <stddef.h>
#include <stdint.h>
size_t string_length(const char *s) { size_t n = 0; for (;;) { if (!s[n]) return n; if (!s[n+1]) return n+1; n += 2; } }
