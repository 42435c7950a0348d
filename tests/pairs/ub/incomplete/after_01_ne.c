#include <stddef.h>
#include <stdint.h>
#include <limits.h>
extern int tab[];
int incomplete(int n){ return 0; }
