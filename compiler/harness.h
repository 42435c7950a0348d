/* The border between the harness and the tables that compiler/measure.py writes for one request. */

enum { MOST_BUFFERS = 256, MOST_PARAMETERS = 128 };

union value {
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

struct buffer {
    const char *name;
    const char *layout; /* element codes, repeated */
    int global;         /* 0 for a pointer argument, else the number of the object, from 1 */
    unsigned long size; /* of an object */
    unsigned long align;
    int constant;
};

struct parameter {
    char code;
    int buffer; /* -1 for a scalar */
};

struct range {
    long low, high;
};

struct limits {
    int set;
    long long low, high;
};

struct scalar {
    int set;
    long long integer;
    double real;
};

struct table {
    int buffers, parameters, workloads, headline;
    unsigned call_seconds; /* a call that takes longer has no end */
    char returns;          /* element code, 'v' for nothing */
    int exact;             /* 0: values may differ, only faults and stray writes count */
    const struct buffer *buffer;
    const struct parameter *parameter;
    const struct range *ranges;   /* by workload and buffer */
    const struct limits *values;  /* by workload and buffer */
    const struct scalar *scalars; /* by workload and parameter */
};

extern const struct table vecassist_table;

void vecassist_call_0(const union value *in, union value *out);
void vecassist_call_1(const union value *in, union value *out);
void *vecassist_global(int number);
