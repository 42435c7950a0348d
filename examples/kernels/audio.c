/* Audio: buffers and filters of a small synthesizer. */
#define FRAME 4096

struct voice {
    float phase[FRAME];
    float level[FRAME];
    float mix[FRAME];
    float out[FRAME];
};

static struct voice lead;

/* Frequency modulation: a level is used, then scaled for the next block. */
void modulate(void)
{
    for (int i = 0; i < FRAME - 1; i++) {
        lead.level[i] = lead.phase[i] * lead.mix[i];
        lead.out[i] = lead.level[i] + lead.level[i + 1];
    }
}

/* Two echoes out of a ring buffer, whose read positions follow the write position. */
void ring_echo(float *restrict out, const float *restrict ring)
{
    int one = FRAME - 1, two = FRAME - 2;
    for (int i = 0; i < FRAME; i++) {
        out[i] = ring[i] + ring[one] * 0.5f + ring[two] * 0.25f;
        two = one;
        one = i;
    }
}

/* Reverse playback mixed over the forward signal, in place, with a copy for the meter. */
static float tape[FRAME], meter[FRAME], dry[FRAME], wet[FRAME];

void backward_mix(void)
{
    for (int i = 0; i < FRAME; i++) {
        float x = tape[FRAME - 1 - i] + dry[i] * wet[i];
        tape[i] = x - 1.0f;
        meter[i] = x;
    }
}

/* Envelope follower state and an output that does not depend on it. */
void follow(float *restrict env, float *restrict out, const float *restrict in, const float *restrict gain,
            int n)
{
    for (int i = 1; i < n; i++) {
        out[i] = in[i] * gain[i] + gain[i - 1] * in[i - 1];
        out[i] = out[i] * out[i] + in[i] * out[i];
        env[i] = env[i - 1] * 0.99f + out[i];
    }
}

/* A ramp writes each step's end point, which the next step writes again. */
void ramp(float *restrict env, const float *restrict from, const float *restrict to, int n)
{
    for (int i = 0; i < n - 1; i++) {
        env[i] = from[i] + to[i];
        env[i + 1] = from[i] * to[i];
    }
}

/* Crossfade: the left channel takes what the right had one sample earlier. */
void crossfade(float *restrict left, float *restrict right, const float *restrict a, const float *restrict b,
               int n)
{
    for (int i = 1; i < n; i++) {
        left[i] = right[i - 1] + a[i];
        right[i] = a[i] * b[i];
    }
}

/* First sample above a threshold. */
int onset(const float *x, int n, float threshold)
{
    for (int i = 0; i < n; i++) {
        if (x[i] > threshold)
            return i;
    }
    return -1;
}
