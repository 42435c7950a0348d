#include <stddef.h>
#include <stdint.h>
#include <limits.h>
struct b { uint8_t *d; int n; int k; float w; int *q; struct b *next; };
int eff_cast(struct b *s){ return s->n; }
