#include <stddef.h>
#include <stdint.h>
struct b { uint8_t *d; int n; uint8_t **rows; struct b *next; };
void member_alias(struct b *s) {
 for (int i = 0; i < s->n; i++) { s->d[i] = ~s->d[i]; }
  }
