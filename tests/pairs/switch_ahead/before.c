int kind[300];
float a[300], b[300], c[300];

void switch_ahead(void)
{
    for (int i = 0; i < 300; i++) {
        switch (kind[i]) {
        case 1:
            goto one;
        case 2:
            goto two;
        }
    one:
        a[i] += b[i] * b[i];
        goto done;
    two:
        a[i] += c[i] * c[i];
    done:;
    }
}
