#include <stddef.h>
#include <stdint.h>
#include <limits.h>
struct b { uint8_t *d; int n; int k; float w; int *q; struct b *next; };
void idx_wrap5(int *a,long *ix,int n){ for (int i=0;i<n;i++) a[ix[i]]=i; }
