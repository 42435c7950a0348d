#include <math.h>
extern int ext(int);
void good(float *restrict a, const float *restrict b, int n) {
    for (int i = 0; i < n; i++) /* - */
        a[i] = b[i] * 2.0f;
}
void versioned(float *a, const float *b, int n) {
    for (int i = 0; i < n; i++) /* - */
        a[i] = b[i] * 2.0f;
}
void carried(float *a, int n) {
    for (int i = 1; i < n; i++) /* carried-dependence */
        a[i] = a[i - 1] * 0.5f + a[i];
}
void call(int *a, int n) {
    for (int i = 0; i < n; i++) /* call: call to ext */
        a[i] = ext(a[i]);
}
void library(double *restrict a, int n) {
    for (int i = 0; i < n; i++) /* call: call to sin */
        a[i] = sin(a[i]);
}
float sum(const float *a, int n) {
    float s = 0;
    for (int i = 0; i < n; i++) /* float-reduction */
        s += a[i];
    return s;
}
int find(const int *a, int n, int k) {
    for (int i = 0; i < n; i++) /* early-exit control-flow trip-count */
        if (a[i] == k)
            return i;
    return -1;
}
void indirect(int *a, const int *ix, int n) {
    for (int i = 0; i < n; i++) /* indirect-access */
        a[ix[i]] += 1;
}
int list(const int **p) {
    int s = 0;
    while (*p) { /* trip-count */
        s += **p;
        p++;
    }
    return s;
}
void choose(float *restrict a, const float *restrict b, const float *restrict c, int n) {
    for (int i = 0; i < n; i++) /* control-flow not-profitable */
        if (b[i] > 0)
            a[i] = c[i] / b[i];
}
void shared(volatile int *a, int n) {
    for (int i = 0; i < n; i++) /* volatile no-vector-form */
        a[i] = i;
}
int argmax(const float *a, int n) {
    float m = a[0];
    int k = 0;
    for (int i = 1; i < n; i++) /* recurrence */
        if (a[i] > m) {
            m = a[i];
            k = i;
        }
    return k;
}
void strided(float *restrict a, int n) {
    for (int i = 0; i < n; i += 5) /* not-profitable strided-access no-vector-form */
        a[i] = 1;
}
void bound(int *a, int *n) {
    for (int i = 0; i < *n; i++) /* trip-count */
        a[i] = 3;
}
