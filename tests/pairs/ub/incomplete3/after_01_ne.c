#include <stddef.h>
#include <stdint.h>
#include <limits.h>
extern int tab[];
void incomplete3(int n){ }
