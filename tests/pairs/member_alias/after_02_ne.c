#include <stddef.h>
#include <stdint.h>
struct b { uint8_t *d; int n; uint8_t **rows; struct b *next; };
void member_alias(struct b *s) {
 int n = s->n; uint8_t *d = s->d;
 for (int i = 0; i < n; i++) d[i] = ~d[i];
}
