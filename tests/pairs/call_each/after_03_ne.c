#include <stddef.h>
#include <stdint.h>
void put(int); int get(int); extern int cnt;
void call_each(int *a, int n) {
 int i = 0; for (; i + 1 < n; i += 2) { put(a[i+1]); put(a[i]); }
 for (; i < n; i++) put(a[i]); }
