#include <stddef.h>
#include <stdint.h>
#include <limits.h>
static int h(int x){return x+2;} typedef int (*fp)(int);
fp fnret(int n){ return h; }
