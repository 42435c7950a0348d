#include <stddef.h>
#include <stdint.h>
#include <limits.h>
void qsort(void*,size_t,size_t,int(*)(const void*,const void*));static int cmp(const void*a,const void*b){return *(int*)a-*(int*)b;}
void qsort_cmp(int*a,int n){ qsort(a,n,4,cmp); }
