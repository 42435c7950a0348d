#ifndef FILTERS_H
#define FILTERS_H

#define BLOCK 8192

extern float delay[BLOCK], dry[BLOCK], wet[BLOCK], gain[BLOCK];

void ring_blend(float *restrict out, const float *restrict ring, int n);
void comb_step(float level);
void leapfrog(float *pressure, float *velocity, const float *source, int n);
void mirror_mix(void);
void join_channels(void);
float energy(const float *x, int n);
void low_pass(float *x, float a, int n);

#endif
