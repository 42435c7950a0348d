#include <stddef.h>
#include <stdint.h>
#include <limits.h>
__attribute__((noinline)) int h(int x){return x+1;}
int callee_body(int n){ return h(n); }
