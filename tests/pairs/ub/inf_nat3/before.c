#include <stddef.h>
#include <stdint.h>
#include <limits.h>
void put(int); int get(int); void g(void); void use(int *); extern int cnt; void die(int) __attribute__((noreturn)); void exit(int);
int inf_nat3(unsigned n,double x){ for (unsigned i=n;i!=0;i-=2) { put(i); if (i > 5 && n < 3 && n == 2 && x > 0) return 1; } return 0; }
