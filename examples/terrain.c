/* Height fields, one row after the other. */
#define WIDTH 320
#define HEIGHT 240

double height[HEIGHT][WIDTH], rain[HEIGHT][WIDTH], basin[WIDTH];

/* Water runs down each column and is collected below it. */
void drain(void)
{
    for (int x = 0; x < WIDTH; x++) {
        for (int y = 1; y < HEIGHT; y++) {
            height[y][x] = height[y - 1][x] + rain[y][x];
        }
        basin[x] = height[HEIGHT - 1][x];
    }
}

/* Erosion takes a share of each cell's right neighbour before that neighbour is worn down. */
void erode(void)
{
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH - 1; x++) {
            height[y][x] = height[y][x] * 0.99 + rain[y][x];
            rain[y][x] = rain[y][x] * height[y][x + 1];
        }
    }
}
