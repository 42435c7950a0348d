#include <stddef.h>
#include <stdint.h>
void put(int); int get(int); extern int cnt;
void call_each(int *a, int n) {
 int i = 0; for (; i + 1 < n; i += 2) { int x = a[i], y = a[i+1]; put(x); put(y); }
 for (; i < n; i++) put(a[i]); }
