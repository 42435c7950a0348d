#include <stddef.h>
#include <stdint.h>
#include <limits.h>
void put(int); int get(int); void g(void); void use(int *); extern int cnt; void die(int) __attribute__((noreturn)); void exit(int);
void inf_break2(unsigned n,float y){ if (n&1) for (unsigned i=n;i!=5;i+=2) { put(i); if (n==5 && y>0) break;} }
