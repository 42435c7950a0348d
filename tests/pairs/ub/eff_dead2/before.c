#include <stddef.h>
#include <stdint.h>
#include <limits.h>
struct p { int a; float b; };
int eff_dead2(struct p *p,int n){ int t=0; for (int i=0;i<n;i++) t^=p[i].a; return t; }
