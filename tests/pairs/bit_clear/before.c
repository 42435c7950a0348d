#include <stddef.h>
#include <stdint.h>
#include <string.h>
unsigned bit_clear(unsigned huff, unsigned incr) { while (huff & incr) incr >>= 1; return incr; }
