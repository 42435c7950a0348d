#include <stddef.h>
#include <stdint.h>
struct b { uint8_t *d; int n; };
int member_bytes(struct b *s) {
 int t = 0; for (int i = 0; i < s->n; i++) t += s->d[i]; return t;
}
