struct member_named_pair { float x, y; };
extern void member_named_next(void);

void member_named(float *a, unsigned char *b, int n)
{
    for (int i = 0; i < n; i++) {
        struct member_named_pair *pair = (struct member_named_pair *)a + i;
        member_named_next();
        pair->x = 1.0f;
        pair->y = 2.0f;
        b[i] = 3;
    }
}
