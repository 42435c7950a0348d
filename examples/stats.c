/* Running statistics over a window of measurements. */
#include <stdint.h>

#define WINDOW 16384

double running[WINDOW], score[WINDOW], weight[WINDOW], value[WINDOW], mean[WINDOW];

/* A decaying sum, and beside it a score that has nothing to do with the recurrence. */
void tally(void)
{
    for (int i = 1; i < WINDOW; i++) {
        running[i] = running[i - 1] * 0.5 + value[i];
        score[i] = value[i] * weight[i] / (1.0 + weight[i] * weight[i]);
    }
}

/* Smooths with the value to the left before it is replaced from the right. */
void smooth(void)
{
    for (int i = 1; i < WINDOW - 1; i++) {
        mean[i] = value[i - 1] + weight[i] * score[i];
        value[i] = value[i + 1] - weight[i] * 0.25;
    }
}

/* Position of the first value at or above a limit, -1 if there is none. */
int first_above(const int32_t *x, int n, int32_t limit)
{
    for (int i = 0; i < n; i++) {
        if (x[i] >= limit) {
            return i;
        }
    }
    return -1;
}

/* Three-point sums around a circle. */
void circle_sums(void)
{
    int last = WINDOW - 1;
    int before = WINDOW - 2;

    for (int i = 0; i < WINDOW; i++) {
        mean[i] = value[i] + value[last] + value[before];
        before = last;
        last = i;
    }
}

/* Keeps the values above a limit, in order; returns how many there were. */
int keep_above(int32_t *kept, const int32_t *x, int n, int32_t limit)
{
    int count = 0;

    for (int i = 0; i < n; i++) {
        if (x[i] > limit) {
            kept[count] = x[i];
            count++;
        }
    }
    return count;
}
