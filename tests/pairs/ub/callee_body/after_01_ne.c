#include <stddef.h>
#include <stdint.h>
#include <limits.h>
__attribute__((noinline)) int h(int x){return x+2;}
int callee_body(int n){ return h(n); }
