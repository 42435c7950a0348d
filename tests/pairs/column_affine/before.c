#include <stddef.h>
#include <stdint.h>
void column_affine(int *a, int n, int m, int j) {
 for (int i = 0; i < n; i++) { a[i*m+j] = a[i*m+j] * 3 + 1; }
  }
