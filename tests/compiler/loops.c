/* One loop a line; yes: every compiler vectorizes it at -O3 for x86-64 and AArch64, no: none does. */
typedef struct { float x, y, z, w; } V4;
float fabsf(float); double fabs(double);
/* yes */ void add1(float *restrict a, const float *restrict b, int n) { for (int i = 0; i < n; i++) a[i] = a[i] + b[i]; }
/* yes */ void xorl(unsigned *restrict a, const unsigned *restrict b, int n) { for (int i = 0; i < n; i++) a[i] ^= b[i]; }
/* yes */ int isum(const int *a, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }
/* no */ float fsum(const float *a, int n) { float s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }
/* no */ double dsumabs(const double *a, int n) { double s = 0; for (int i = 0; i < n; i++) s += fabs(a[i]); return s; }
/* no */ void rec(float *a, int n) { for (int i = 1; i < n; i++) a[i] = fabsf(a[i - 1]) * 0.5f + a[i]; }
/* no */ void recneg(float *a, int n) { for (int i = 1; i < n; i++) a[i] = -a[i - 1] + a[i]; }
/* no */ void irec(int *a, int n) { for (int i = 1; i < n; i++) a[i] = a[i - 1] * 3 + a[i]; }
/* no */ void imax(int *a, int n) { int m = 0; for (int i = 0; i < n; i++) { m = (m > a[i] ? m : a[i]) * 3; a[i] = m; } }
/* no */ void v4copy(V4 *restrict a, const V4 *restrict b, const int *restrict ix, int n) { for (int i = 0; i < n; i++) a[i] = b[ix[i]]; }
/* yes */ void flip(int *restrict a, const int *restrict b, int n) { for (int i = 0; i < n; i++) a[i] = b[i] ^ 85; }
/* no */ int first(const int *a, int n, int k) { for (int i = 0; i < n; i++) if (a[i] == k) return i; return -1; }
/* no */ void itof(float *a, const int *ix, int n) { float s = 0; for (int i = 0; i < n; i++) { s = s * 0.5f + (float)ix[i]; a[i] = s; } }
/* no */ void ftod(double *a, const float *b, int n) { double s = 0; for (int i = 0; i < n; i++) { s = s * 0.5 + b[i]; a[i] = s; } }
/* yes */ void conv(double *restrict a, const float *restrict b, int n) { for (int i = 0; i < n; i++) a[i] = b[i]; }
/* yes */ void widen(int *restrict a, const short *restrict b, int n) { for (int i = 0; i < n; i++) a[i] = b[i] * 3; }
/* yes */ void bytes(unsigned char *restrict a, const unsigned char *restrict b, int n) { for (int i = 0; i < n; i++) a[i] = (unsigned char)(a[i] + b[i]); }
/* no */ void slp(float *restrict a, const float *restrict b) { a[0] = b[0] + 1; a[1] = b[1] + 1; a[2] = b[2] + 1; a[3] = b[3] + 1; }
/* yes */ void eight(float *restrict a, const float *restrict b) { for (int i = 0; i < 8; i++) a[i] = b[i] * 2 + 1; }
/* yes */ void fill(float *a, int n) { for (int i = 0; i < n; i++) a[i] = 1.5f; }
/* yes */ void zero(float *a, int n) { for (int i = 0; i < n; i++) a[i] = 0; }
/* no */ void callr(float *a, int n, float (*f)(float)) { for (int i = 0; i < n; i++) a[i] = f(a[i]); }
/* no */ unsigned long hash(const unsigned char *p, int n) { unsigned long h = 5381; for (int i = 0; i < n; i++) h = h * 33 ^ p[i]; return h; }
/* no */ void prefix(double *a, int n) { double s = 0; for (int i = 0; i < n; i++) { s += a[i]; a[i] = s; } }
/* no */ void hist(int *h, const unsigned char *p, int n) { for (int i = 0; i < n; i++) h[p[i]]++; }
/* yes */ void mat(int n, float (*restrict c)[64], float (*restrict a)[64], float (*restrict b)[64]) { for (int i = 0; i < 64; i++) for (int k = 0; k < 64; k++) for (int j = 0; j < 64; j++) c[i][j] += a[i][k] * b[k][j]; }
/* yes */ void sel(int *restrict a, const int *restrict b, int n) { for (int i = 0; i < n; i++) a[i] = b[i] > 0 ? b[i] : -1; }
/* no */ void dclamp(double *a, int n) { double s = 0; for (int i = 0; i < n; i++) { s = s + a[i]; s = s > 4 ? 4 : s < -4 ? -4 : s; a[i] = s; } }
