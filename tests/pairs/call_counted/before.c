#include <stddef.h>
#include <stdint.h>
void put(int); int get(int); extern int cnt;
int call_counted(int *a, int n) {
 for (int i = 0; i < n; i++) { if (get(a[i]) > 3) cnt++; else a[i] = get(i); }
 return cnt; }
