struct member_named_pair { float x, y; };
extern void member_named_next(void);

void member_named(float *a, unsigned char *b, int n)
{
    for (int i = 0; i < n; i++) {
        member_named_next();
        float *pair = a + 2 * i;
        pair[0] = 1.0f;
        pair[1] = 2.0f;
        b[i] = 3;
    }
}
