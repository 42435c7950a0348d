/* Databases: operators over columns. */
#define CHUNK 2048

struct batch {
    int key[CHUNK];
    int value[CHUNK];
    int next[CHUNK];
    int flags[CHUNK];
};

static struct batch left, right;

/* Join of neighbouring keys after they were shifted. */
void shift_keys(void)
{
    for (int i = 0; i < CHUNK - 1; i++) {
        left.key[i] = left.value[i] + 1;
        left.next[i] = left.key[i] * left.key[i + 1];
    }
}

/* Validity from the row before, then the row itself. */
void carry_flags(void)
{
    for (int i = 1; i < CHUNK; i++) {
        right.value[i] = right.flags[i - 1] + right.key[i];
        right.flags[i] = right.key[i] & right.next[i];
    }
}

/* One scratch variable for two derived columns. */
void derive(int *restrict price, int *restrict tax, const int *restrict net, int *restrict gross, int n)
{
    int t;
    for (int i = 1; i < n; i++) {
        t = net[i] + gross[i];
        price[i] = t + gross[i - 1];
        t = gross[i] * net[i];
        gross[i] = t;
        tax[i] = t - net[i];
    }
}

/* Every row relative to the middle row of the same column. */
void relative(void)
{
    for (int i = 0; i < CHUNK; i++) {
        right.next[i] = right.next[CHUNK / 2] + right.key[i];
    }
}

/* Count of rows in each of sixteen groups. */
void group_count(int *restrict count, const unsigned char *restrict group, int n)
{
    for (int i = 0; i < n; i++) {
        count[group[i] & 15]++;
    }
}

/* Position of a key. */
int find(const int *key, int n, int wanted)
{
    for (int i = 0; i < n; i++) {
        if (key[i] == wanted)
            return i;
    }
    return -1;
}

/* Window of two rows, the second stored over by the next step. */
void window(int *restrict w, const int *restrict a, const int *restrict b, int n)
{
    for (int i = 0; i < n - 1; i++) {
        w[i] = a[i] + b[i];
        w[i + 1] = a[i] * b[i];
    }
}
