#include <stddef.h>
#include <stdint.h>
#include <limits.h>
extern int tab[];
int incomplete(int n){ if (n>0) return tab[0]; return 0; }
