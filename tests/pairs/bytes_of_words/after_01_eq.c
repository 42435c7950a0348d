#include <stddef.h>
#include <stdint.h>
void bytes_of_words(uint8_t *d, const uint32_t *w, int n) {
 int i = 0; for (; i + 1 < n; i += 2) { d[4*i] = w[i] >> 24; d[4*i+1] = w[i] >> 16; d[4*(i+1)] = w[(i+1)] >> 24; d[4*(i+1)+1] = w[(i+1)] >> 16; }
 for (; i < n; i++) { d[4*i] = w[i] >> 24; d[4*i+1] = w[i] >> 16; }
  }
