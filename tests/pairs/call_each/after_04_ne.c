#include <stddef.h>
#include <stdint.h>
void put(int); int get(int); extern int cnt;
void call_each(int *a, int n) {
 for (int i = 0; i < n; i++) { put(a[i]); } if (n > 0) a[0] = a[0]; }
