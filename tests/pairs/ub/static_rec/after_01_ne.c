#include <stddef.h>
#include <stdint.h>
#include <limits.h>
static int h(int x){return x<=0?1:h(x-1)+1;}
int static_rec(int n){ return h(n); }
