#include <stddef.h>
#include <stdint.h>
#include <limits.h>
void pc(signed char);
void call_ext(signed char n){ ((void(*)(unsigned char))pc)(n); }
