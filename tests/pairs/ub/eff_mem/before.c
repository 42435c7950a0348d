#include <stddef.h>
#include <stdint.h>
#include <limits.h>
struct p { int a; float b; int c; };
int eff_mem(struct p *p){ return p->a + p->c; }
