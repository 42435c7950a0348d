#include <stddef.h>
#include <stdint.h>
void column_affine(int *a, int n, int m, int j) {
 int i = 0; for (; i + 1 < n; i += 2) { a[i*m+j] = a[i*m+j] * 3 + 1; a[(i+1)*m+j] = a[(i+1)*m+j] * 3 + 1; }
 for (; i < n; i++) { a[i*m+j] = a[i*m+j] * 3 + 1; }
  }
