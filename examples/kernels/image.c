/* Image processing: planes of a small still-picture pipeline. */
#define W 256
#define H 256

/* Horizontal edge strength, then the row is sharpened in place. */
void sharpen_row(float *restrict row, float *restrict edge, const float *restrict gain, int width)
{
    for (int x = 0; x < width - 1; x++) {
        row[x] = row[x] * gain[x];
        edge[x] = row[x] + row[x + 1];
    }
}

/* Rows of the error buffer are filtered along their length, as error diffusion does it. */
static float error[H][W], level[H][W];

void diffuse_rows(void)
{
    for (int y = 0; y < H; y++) {
        for (int x = 1; x < W; x++) {
            error[y][x] = error[y][x - 1] * 0.4375f + level[y][x];
        }
    }
}

/* Average with the neighbour on the left, around the edge. */
void soften(float *restrict out, const float *restrict in)
{
    int left = W - 1;
    for (int i = 0; i < W; i++) {
        out[i] = (in[i] + in[left]) * 0.5f;
        left = i;
    }
}

/* Mirrors a picture about its diagonal, adding a fade: lower half from upper half. */
float canvas[H][W], fade[H][W];

void mirror_diagonal(void)
{
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < y; x++) {
            canvas[y][x] = canvas[x][y] + fade[y][x];
        }
    }
}

/* Smears each row to the right. */
void smear_rows(void)
{
    for (int y = 0; y < H; y++) {
        for (int x = 1; x < W; x++) {
            canvas[y][x] = canvas[y][x - 1] * canvas[y][x - 1] + fade[y][x];
        }
    }
}

/* Levels relative to the pixel in the middle of the row. */
static float scanline[W], dark[W];

void relative_levels(void)
{
    for (int i = 0; i < W; i++) {
        scanline[i] = scanline[W / 2] + dark[i];
    }
}

/* Brightest pixel of a row and where it is. */
int brightest(const float *row, int n, float *value)
{
    float best = row[0];
    int at = 0;
    for (int i = 1; i < n; i++) {
        if (row[i] > best) {
            best = row[i];
            at = i;
        }
    }
    *value = best;
    return at;
}
