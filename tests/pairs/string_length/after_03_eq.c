#include <stddef.h>
#include <stdint.h>
size_t string_length(const char *s) { const char *p = s; while (*p) p++; return (size_t)(p - s); }
