#include <stdio.h>
#define N 2048
#define ADD(a, b) ((a) + (b))

static int a[N], b[N];

static int hot(int n) {
    int s = 0;
    for (int r = 0; r < 100; r++)
        for (int i = 0; i < n; i++)
            s = ADD(s * 3, a[i]) ^ b[i];
    return s;
}

static int cold(int n) {
    int s = 0;
    for (int i = 0; i < n; i++) s ^= a[i] << (s & 3);
    return s;
}

int main(void) {
    for (int i = 0; i < N; i++) a[i] = i, b[i] = 3 * i;
    printf("%d %d\n", hot(N), cold(N));
    return 0;
}
