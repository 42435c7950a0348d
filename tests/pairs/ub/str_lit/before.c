#include <stddef.h>
#include <stdint.h>
#include <limits.h>
void puts(const char*);
void str_lit(int n){ puts("hello"); }
