#include <stddef.h>
#include <stdint.h>
struct b { uint8_t *d; int n; uint8_t **rows; struct b *next; };
void member_alias(struct b *s) {
 int i = 0; for (; i + 1 < s->n; i += 2) { s->d[i] = ~s->d[i]; s->d[(i+1)] = ~s->d[(i+1)]; }
 for (; i < s->n; i++) { s->d[i] = ~s->d[i]; }
  }
