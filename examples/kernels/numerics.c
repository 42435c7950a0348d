/* Numerics: stencils, sweeps and small dense algebra. */
#define N 256

double field[N][N], source[N][N], flux[N][N];
double u[4096], v[4096], w[4096], z[4096];

/* Explicit update followed by the difference that the next step needs. */
void advance(double dt)
{
    for (int i = 0; i < 4095; i++) {
        u[i] = v[i] * dt;
        z[i] = u[i] - u[i + 1];
    }
}

/* Rows of a tridiagonal system, each solved from left to right. */
void sweep_rows(void)
{
    for (int j = 0; j < N; j++) {
        for (int i = 1; i < N; i++) {
            field[j][i] = field[j][i - 1] * 0.25 + source[j][i];
        }
    }
}

/* The lower triangle of a symmetric operator from the upper one. */
void symmetric(void)
{
    for (int j = 0; j < N; j++) {
        for (int i = 0; i < j; i++) {
            field[j][i] = field[i][j] + flux[j][i];
        }
    }
}

/* Periodic second difference: the neighbours of the first point are the last ones. */
void periodic(double *restrict d2, const double *restrict f)
{
    int left = 4095, further = 4094;
    for (int i = 0; i < 4096; i++) {
        d2[i] = f[i] - 2.0 * f[left] + f[further];
        further = left;
        left = i;
    }
}

/* Upwind step: the flux uses the old value on the left, which is then replaced. */
void upwind(double *restrict q, double *restrict x, const double *restrict b, const double *restrict c, int n)
{
    for (int i = 1; i < n; i++) {
        q[i] = x[i - 1] * c[i] + b[i];
        x[i] = b[i] * c[i];
    }
}

/* All values relative to the one in the middle, which changes when it is reached. */
void relative_to_middle(void)
{
    for (int i = 0; i < 4096; i++) {
        u[i] = u[2048] + v[i];
    }
}

/* Predictor and corrector: the corrector's right end is stored over by the next step. */
void predict_correct(double *restrict a, double *restrict b, const double *restrict c, const double *restrict d,
                     int n)
{
    for (int i = 0; i < n - 1; i++) {
        a[i] = b[i] + c[i] * d[i];
        b[i] = c[i] + b[i];
        a[i + 1] = b[i] + a[i + 1] * d[i];
    }
}

/* First-order recurrence: each value needs the one before. */
void recurrence(double *restrict x, const double *restrict a, int n)
{
    for (int i = 1; i < n; i++) {
        x[i] = x[i - 1] * a[i] + 1.0;
    }
}

/* Matrix times vector, the sum of each row in order. */
void row_sums(double *restrict y)
{
    for (int i = 0; i < N; i++) {
        double s = 0.0;
        for (int j = 0; j < N; j++) {
            s += source[i][j];
        }
        y[i] = s;
    }
}
