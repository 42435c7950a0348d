#include <stddef.h>
#include <stdint.h>
#include <limits.h>
void *malloc(size_t); void *realloc(void*,size_t);
int read_before_malloc(int *p){ p[0]=3; int *q=realloc(p,64); return q ? q[0] : 0; }
