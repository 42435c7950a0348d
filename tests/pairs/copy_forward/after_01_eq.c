#include <stddef.h>
#include <stdint.h>
#include <string.h>
unsigned char *copy_forward(unsigned char *put, const unsigned char *from, unsigned copy) { if (copy) do { *(put++) = *(from++); if (!--copy) break; *(put++) = *(from++); } while (--copy); return put; }
