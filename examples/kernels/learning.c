/* Machine learning: layers of a small network, written out. */
#define IN 128
#define OUT 128

struct layer {
    float weight[IN][OUT];
    float gradient[IN][OUT];
    float bias[OUT];
    float active[OUT];
};

static struct layer first, second;

/* A symmetric matrix of products, its lower half from the upper one. */
void symmetrise(void)
{
    for (int o = 0; o < OUT; o++) {
        for (int i = 0; i < o; i++) {
            first.gradient[o][i] = first.gradient[i][o] + first.weight[o][i];
        }
    }
}

/* The hidden state of each sample goes from step to step. */
void through_time(void)
{
    for (int sample = 0; sample < IN; sample++) {
        for (int step = 1; step < OUT; step++) {
            second.gradient[sample][step] = second.gradient[sample][step - 1] * 0.5f + second.weight[sample][step];
        }
    }
}

/* Momentum: the old step is needed after the new one is stored. */
void momentum(float *restrict step, float *restrict weight, const float *restrict g, int n)
{
    for (int i = 0; i < n - 1; i++) {
        step[i] = g[i] * 0.01f;
        weight[i] = weight[i] - step[i] + step[i + 1];
    }
}

/* Decayed average of the squared gradient and the step that uses the old average. */
void decay(float *restrict step, float *restrict mean, const float *restrict g, const float *restrict rate, int n)
{
    for (int i = 1; i < n; i++) {
        step[i] = g[i] * rate[i] + mean[i - 1];
        mean[i] = g[i] * g[i] * 0.1f;
    }
}

/* Dropout with the mask's last value held for the next unit. */
void held_mask(float *restrict y, float *restrict x, const float *restrict a, const float *restrict b,
               const float *restrict w, int n)
{
    float held = 0.0f;
    for (int i = 0; i < n; i++) {
        y[i] = held * w[i];
        held = x[i] + a[i];
        x[i] = y[i] + b[i];
    }
}

/* Index of the strongest output. */
int strongest(void)
{
    int at = 0;
    for (int o = 1; o < OUT; o++) {
        if (first.active[o] > first.active[at])
            at = o;
    }
    return at;
}
