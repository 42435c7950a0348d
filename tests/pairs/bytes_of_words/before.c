#include <stddef.h>
#include <stdint.h>
void bytes_of_words(uint8_t *d, const uint32_t *w, int n) {
 for (int i = 0; i < n; i++) { d[4*i] = w[i] >> 24; d[4*i+1] = w[i] >> 16; }
  }
