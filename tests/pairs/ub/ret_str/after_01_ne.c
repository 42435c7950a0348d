#include <stddef.h>
#include <stdint.h>
#include <limits.h>
const char *ret_str(int n){ return n ? "yes" : "on"; }
