#include <stddef.h>
#include <stdint.h>
struct b { uint8_t *d; int n; };
int member_bytes(struct b *s) {
 int t = 0; int n = s->n; uint8_t *d = s->d; for (int i = 0; i < n; i++) t += d[i]; return t;
}
