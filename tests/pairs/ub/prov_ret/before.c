#include <stddef.h>
#include <stdint.h>
#include <limits.h>
void put(int); int get(int); void g(void); void use(int *); extern int cnt; void die(int) __attribute__((noreturn)); void exit(int);
int *prov_ret(int *p,int *q){ p[0]=0; return q; }
