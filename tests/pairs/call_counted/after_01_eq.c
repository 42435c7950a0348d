#include <stddef.h>
#include <stdint.h>
void put(int); int get(int); extern int cnt;
int call_counted(int *a, int n) {
 int i = 0; for (; i + 1 < n; i += 2) { if (get(a[i]) > 3) cnt++; else a[i] = get(i); if (get(a[(i+1)]) > 3) cnt++; else a[(i+1)] = get((i+1)); }
 for (; i < n; i++) { if (get(a[i]) > 3) cnt++; else a[i] = get(i); }
 return cnt; }
