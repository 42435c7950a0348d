#include <stddef.h>
#include <stdint.h>
size_t string_length(const char *s) { size_t n = 0; while (s[n]) n++; return n; }
