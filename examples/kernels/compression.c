/* Compression: transforms before the entropy coder. */
#define BLOCK 4096

struct block {
    int coef[BLOCK];
    int pred[BLOCK];
    int rest[BLOCK];
    int quant[BLOCK];
};

static struct block now;

/* Prediction from both neighbours, in place. */
void predict(void)
{
    for (int i = 0; i < BLOCK - 1; i++) {
        now.coef[i] = now.quant[i] - now.pred[i];
        now.rest[i] = now.coef[i] ^ now.coef[i + 1];
    }
}

/* Lifting step of a wavelet: even samples from the odd ones behind them. */
void lift(int *restrict even, int *restrict odd, const int *restrict in, int n)
{
    for (int i = 1; i < n; i++) {
        even[i] = odd[i - 1] + in[i];
        odd[i] = in[i] * 3;
    }
}

/* Delta against the ring neighbour on the left. */
void ring_delta(int *restrict out, const int *restrict in)
{
    int before = BLOCK - 1;
    for (int i = 0; i < BLOCK; i++) {
        out[i] = in[i] - in[before] * 2;
        before = i;
    }
}

/* Decoding of the same: a prefix sum. */
void undelta(int *restrict out, const int *restrict in, int n)
{
    int sum = 0;
    for (int i = 0; i < n; i++) {
        sum += in[i];
        out[i] = sum;
    }
}

/* Residual of the last block row, then the row itself is requantised. */
void requantise(int *restrict rest, int *restrict row, const int *restrict step, const int *restrict base, int n)
{
    for (int i = 1; i < n; i++) {
        rest[i] = row[i - 1] - base[i];
        row[i] = (base[i] * step[i]) >> 3;
    }
}

/* Non-zero values moved to the front. */
int compact(int *restrict out, const int *restrict in, int n)
{
    int k = 0;
    for (int i = 0; i < n; i++) {
        if (in[i] != 0)
            out[k++] = in[i];
    }
    return k;
}

/* The predictor's state goes from one step to the next while its input is updated in place. */
void update_predictor(int *restrict out, int *restrict in, const int *restrict a, const int *restrict b,
                      const int *restrict weight, int n)
{
    int state = 0;
    for (int i = 0; i < n; i++) {
        out[i] = state * weight[i];
        state = in[i] + a[i];
        in[i] = out[i] + b[i];
    }
}
