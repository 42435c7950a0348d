/* The border between native.c and the tables that native.py writes for one pair. */

union vc_value {
    void *p;
    float f;
    double d;
    signed char b;
    unsigned char B;
    short h;
    unsigned short H;
    int i;
    unsigned I;
    long long q;
    unsigned long long Q;
    _Bool t;
};

enum { MOST = 12 };

struct vc_buffer {
    const char *layout; /* element codes, repeated */
    unsigned align;     /* of its elements */
    unsigned least;     /* bytes that the original's declaration promises */
    int group;          /* buffers of one group may overlap; -1: overlaps with none */
};

struct vc_object {
    const char *layout;
    unsigned long size;
};

struct vc_table {
    int parameters, buffers, objects;
    const char *codes; /* one for each parameter, 'p' for a pointer: buffers in their order */
    char returns;      /* element code, 'v' for nothing */
    struct vc_buffer buffer[MOST];
    struct vc_object object[MOST];
};

extern const struct vc_table vc_table;

void s_call(const union vc_value *in, union vc_value *out);
void t_call(const union vc_value *in, union vc_value *out);
void *s_object(int number);
void *t_object(int number);
