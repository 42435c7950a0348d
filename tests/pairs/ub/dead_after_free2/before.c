#include <stddef.h>
#include <stdint.h>
#include <limits.h>
void put(int); int get(int); void g(void); void use(int *); extern int cnt; void die(int) __attribute__((noreturn)); void exit(int);
int dead_after_free2(int *p,int n){ int x=0; for (int i=0;i<n;i++) x+=p[i]; g(); return x; }
