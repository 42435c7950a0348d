/* Statistics over columns of a table. */
#define ROWS 512
#define COLS 128

struct table {
    float cell[ROWS][COLS];
    float scale[COLS];
};

/* Rank sums: each half of a symmetric table of pairs from the other. */
static float pairs[COLS][COLS], ties[COLS][COLS];

void complete_pairs(void)
{
    for (int a = 0; a < COLS; a++) {
        for (int b = 0; b < a; b++) {
            pairs[a][b] = pairs[b][a] + ties[a][b];
        }
    }
}

/* Differences on a circle: the predecessor of the first observation is the last. */
void circular_differences(float *restrict d, const float *restrict x)
{
    int before = ROWS - 1;
    for (int i = 0; i < ROWS; i++) {
        d[i] = x[i] - x[before];
        before = i;
    }
}

/* Exponential smoothing of every series of a table. */
void smooth_series(struct table *t)
{
    for (int r = 0; r < ROWS; r++) {
        for (int c = 1; c < COLS; c++) {
            t->cell[r][c] = t->cell[r][c - 1] * 0.9f + t->scale[c];
        }
    }
}

/* Largest value of a series. */
float largest(const float *x, int n)
{
    float best = x[0];
    for (int i = 1; i < n; i++) {
        if (x[i] > best)
            best = x[i];
    }
    return best;
}

/* Values and their running total side by side. */
void totals(float *restrict scaled, float *restrict total, const float *restrict x, const float *restrict k,
            int n)
{
    for (int i = 1; i < n; i++) {
        scaled[i] = x[i] * k[i] + x[i - 1] * k[i - 1] - x[i] / k[i];
        total[i] = total[i - 1] + scaled[i];
    }
}

/* Weighted moments with two temporaries of the same name. */
void moments(float *restrict a, float *restrict b, const float *restrict x, float *restrict y, int n)
{
    float t;
    for (int i = 1; i < n; i++) {
        t = x[i] + y[i];
        a[i] = t + y[i - 1];
        t = y[i] * x[i];
        y[i] = t;
        b[i] = t - x[i];
    }
}
