#include <stddef.h>
#include <stdint.h>
struct b { uint8_t *d; int n; uint8_t **rows; struct b *next; };
int list_sum(struct b *s) { int t = 0; while (s) { t += s->n; s = s->next; if (!s) break; t += s->n; s = s->next; } return t; }
