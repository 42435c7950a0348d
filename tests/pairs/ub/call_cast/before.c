#include <stddef.h>
#include <stdint.h>
#include <limits.h>
void put(int); int get(int); void g(void); void use(int *); extern int cnt; void die(int) __attribute__((noreturn)); void exit(int);
void call_cast(int n){ get(n); }
