extern void copy_apart_ready(void);

void copy_apart(char *a, const char *b)
{
    char part[16];
    copy_apart_ready();
    __builtin_memcpy(part, b, 16);
    __builtin_memcpy(a, part, 16);
}
