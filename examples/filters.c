/* Blocks of a small audio effect chain. */
#include "filters.h"

float delay[BLOCK];
float dry[BLOCK];
float wet[BLOCK];
float gain[BLOCK];

/* Mixes every sample of a ring buffer with the one before it; the first one's neighbour is the last. */
void ring_blend(float *restrict out, const float *restrict ring, int n)
{
    int prev = n - 1;

    for (int i = 0; i < n; i++) {
        out[i] = 0.5f * (ring[i] + ring[prev]);
        prev = i;
    }
}

/* One step of a comb filter over a whole block: the delay line moves on and feeds the output. */
void comb_step(float level)
{
    for (int i = 0; i < BLOCK - 1; i++) {
        delay[i] = dry[i] * level + gain[i];
        wet[i] = delay[i] - 0.7f * delay[i + 1];
    }
}

/* A string between two ends: pressure first, then the velocity that follows from it. The buffers may overlap. */
void leapfrog(float *pressure, float *velocity, const float *source, int n)
{
    for (int i = 0; i < n - 1; i++) {
        pressure[i] = pressure[i] * 0.98f + source[i];
        velocity[i] = velocity[i] + 0.5f * pressure[i + 1];
    }
}

/* The delay line is played backwards into itself and into the output. */
void mirror_mix(void)
{
    for (int i = 0; i < BLOCK; i++) {
        float x = delay[BLOCK - 1 - i] + dry[i] * gain[i];
        delay[i] = x - 1.0f;
        wet[i] = x;
    }
}

/* Interleaved channels: every second sample is coded as the difference to the one before it. */
void join_channels(void)
{
    for (int i = 0; i < BLOCK; i++) {
        if (i % 2 == 0) {
            wet[i] = dry[i] * 2.0f;
        } else {
            wet[i] = wet[i - 1] + dry[i];
        }
    }
}

/* Loudness of a block. Sums of floats depend on their order, so this one is meant to stay as it is. */
float energy(const float *x, int n)
{
    float sum = 0.0f;

    for (int i = 0; i < n; i++) {
        sum += x[i] * x[i];
    }
    return sum;
}

/* A first-order low-pass in place: each sample needs the one before it. */
void low_pass(float *x, float a, int n)
{
    for (int i = 1; i < n; i++) {
        x[i] = x[i] + a * x[i - 1];
    }
}
