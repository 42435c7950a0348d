#include <stddef.h>
#include <stdint.h>
#include <limits.h>
static int h(int x){return x+2;} typedef int (*fp)(int);static fp tab[]={h};void reg(fp*);
void fntab(void){ reg(tab); }
