void al_length_f(float *d, const int *n)
{
    __builtin_memset(d, 0, (unsigned long)*n * sizeof(float));
}
