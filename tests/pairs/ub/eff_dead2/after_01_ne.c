#include <stddef.h>
#include <stdint.h>
#include <limits.h>
struct p { int a; float b; };
int eff_dead2(struct p *p,int n){ int t=0; int *q=(int*)p; for (int i=0;i<n;i++) { t^=q[2*(size_t)i]; if (i+1<n) { int z=q[2*(size_t)i+1]; } } return t; }
