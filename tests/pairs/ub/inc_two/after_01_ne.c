#include <stddef.h>
#include <stdint.h>
#include <limits.h>
extern int m[][4];
int inc_two(int i,int j){ return 0; }
