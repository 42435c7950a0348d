int kind[300];
float a[300], b[300], c[300];

void switch_ahead(void)
{
    for (int i = 0; i < 300; i++) {
        float one = a[i] + b[i] * b[i], two = a[i] + c[i] * c[i];
        a[i] = kind[i] >= 2 ? two : one;
    }
}
