/* ---- What follows sets the input up, runs both versions on it and compares what they did. ---- */

#include <dlfcn.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__x86_64__) && defined(__linux__)
#include <ucontext.h>
#define WITNESS_STEPS 1
#endif

enum { WITNESS_BYTES, WITNESS_FLOAT, WITNESS_DOUBLE, WITNESS_OPEN };

/* Bytes from element 0 that before stores to. */
struct witness_run {
    long begin, end;
    int kind;
};

/* An object: element 0 is at witness_pool + at; [begin, end) is what may be accessed; [page, page_end) are its pages. */
struct witness_block {
    const char *name;
    size_t at, page, page_end;
    long begin, end;
    int writable, restored, secluded;
    const unsigned char *bytes;
    const struct witness_run *runs;
    int run_count;
};

/* A pointer in memory: at pool offset `place` the address of pool offset `target`. */
struct witness_link {
    size_t place, target;
};

struct witness_change {
    size_t place, size;
    const unsigned char *bytes;
};

/* What an unknown function does at its n-th call. */
struct witness_script {
    unsigned long long result;
    double number;
    int returns;
    unsigned ignored;
    const struct witness_change *changes;
    int change_count;
};

/*@data@*/

enum { WITNESS_SECONDS = 10, WITNESS_ARGUMENTS = 32, WITNESS_MOST_CALLS = 64 };

struct witness_event {
    const char *name;
    unsigned long long arguments[WITNESS_ARGUMENTS];
    unsigned char *image;
};

static struct {
    unsigned long long bits;
    double number;
} witness_result[2];
static unsigned char *witness_images[2];
static struct witness_event witness_events[WITNESS_MOST_CALLS];
static int witness_event_count, witness_calls_before;
static sigjmp_buf witness_leave;
static volatile int *witness_phase; /* 0: setting up, 1: before runs, 2: after runs */
static volatile int witness_stepping = -1;

static _Noreturn void witness_differs(const char *what, const char *name, long offset) {
    if (*witness_phase < 2) {
        dprintf(1, "before: %s %s%+ld: this input shows nothing\n", what, name, offset);
        _exit(2);
    }
    if (name[0])
        dprintf(1, "after: %s %s, byte %ld\n", what, name, offset);
    else
        dprintf(1, "after: %s\n", what);
    _exit(1);
}

_Noreturn void witness_overlap(void) { witness_differs("memcpy between overlapping objects", "", 0); }

static int witness_protection(const struct witness_block *block) {
    if (!block->writable || (*witness_phase == 2 && !block->run_count && !block->restored))
        return PROT_READ;
    return *witness_phase == 2 && WITNESS_WATCH && !block->restored ? PROT_READ : PROT_READ | PROT_WRITE;
}

static void witness_protect(void) {
    mprotect(witness_pool, sizeof witness_pool, PROT_NONE);
    for (int n = 0; n < WITNESS_BLOCKS; n++) {
        const struct witness_block *block = &witness_blocks[n];
        if (block->page_end > block->page)
            mprotect(witness_pool + block->page, block->page_end - block->page, witness_protection(block));
    }
}

static void witness_set(void) {
    mprotect(witness_pool, sizeof witness_pool, PROT_READ | PROT_WRITE);
    memset(witness_pool, 0xa5, sizeof witness_pool);
    for (int n = 0; n < WITNESS_BLOCKS; n++) {
        const struct witness_block *block = &witness_blocks[n];
        if (block->end > block->begin)
            memcpy(witness_pool + block->at + block->begin, block->bytes, (size_t)(block->end - block->begin));
    }
    for (int n = 0; n < WITNESS_LINKS; n++) {
        void *target = witness_pool + witness_links[n].target;
        memcpy(witness_pool + witness_links[n].place, &target, sizeof target);
    }
}

static const struct witness_run *witness_run_at(const struct witness_block *block, long offset) {
    for (int n = 0; n < block->run_count; n++)
        if (block->runs[n].begin <= offset && offset < block->runs[n].end)
            return &block->runs[n];
    return NULL;
}

static int witness_both_nan(const unsigned char *a, const unsigned char *b, int kind) {
    if (kind == WITNESS_FLOAT) {
        float x, y;
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        return x != x && y != y;
    } else {
        double x, y;
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        return x != x && y != y;
    }
}

/* Reports the first byte of a block's pages in which `after` is not as `before`. */
static void witness_compare_block(const struct witness_block *block, const unsigned char *before, const unsigned char *after) {
    long offset = (long)block->page - (long)block->at;
    const long end = (long)block->page_end - (long)block->at;
    while (offset < end) {
        const unsigned char *a = before + block->at + offset, *b = after + block->at + offset;
        const struct witness_run *run = witness_run_at(block, offset);
        long step = 1;
        if (run && run->kind == WITNESS_FLOAT && offset % 4 == 0 && offset + 4 <= run->end)
            step = 4;
        if (run && run->kind == WITNESS_DOUBLE && offset % 4 == 0 && offset + 8 <= run->end)
            step = 8;
        if ((!run || run->kind != WITNESS_OPEN) && memcmp(a, b, (size_t)step) != 0 &&
            !(step > 1 && witness_both_nan(a, b, run->kind)))
            witness_differs(run ? "another value than before leaves in" : "stores to", block->name, offset);
        offset += step;
    }
}

static void witness_compare(const unsigned char *before, const unsigned char *after, int call) {
    for (int n = 0; n < WITNESS_BLOCKS; n++)
        if (!call || !witness_blocks[n].secluded)
            witness_compare_block(&witness_blocks[n], before, after);
}

static unsigned char *witness_copy(void) {
    unsigned char *image = calloc(1, sizeof witness_pool);
    if (!image)
        _exit(2);
    for (int n = 0; n < WITNESS_BLOCKS; n++) {
        const struct witness_block *block = &witness_blocks[n];
        if (block->page_end > block->page)
            memcpy(image + block->page, witness_pool + block->page, block->page_end - block->page);
    }
    return image;
}

/* A call of an unknown function by either version. */
static __attribute__((unused)) const struct witness_script *witness_called(const char *name, const unsigned long long *arguments, int count) {
    const int number = witness_event_count++;
    if (*witness_phase == 1) {
        if (number >= WITNESS_CALLS || number >= WITNESS_MOST_CALLS)
            _exit(2);
        witness_events[number].name = name;
        memcpy(witness_events[number].arguments, arguments, (size_t)count * sizeof *arguments);
        witness_events[number].image = witness_copy();
    } else {
        if (number >= witness_calls_before)
            witness_differs("one more call of", name, 0);
        const struct witness_event *event = &witness_events[number];
        if (strcmp(event->name, name) != 0)
            witness_differs("another call than before makes:", name, 0);
        for (int n = 0; n < count; n++)
            if (!(witness_scripts[number].ignored >> n & 1) && event->arguments[n] != arguments[n])
                witness_differs("another argument in a call of", name, n);
        witness_compare(event->image, witness_copy(), 1);
    }
    const struct witness_script *script = &witness_scripts[number];
    for (int n = 0; n < script->change_count; n++)
        memcpy(witness_pool + script->changes[n].place, script->changes[n].bytes, script->changes[n].size);
    if (!script->returns)
        siglongjmp(witness_leave, 1);
    return script;
}

static __attribute__((unused)) unsigned long long witness_bits(double value) {
    unsigned long long bits;
    if (value != value)
        return 0x7ff8000000000000ull;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/*@stubs@*/

#if WITNESS_WATCH && defined(WITNESS_STEPS)
/* Inverts the bytes that before does not store to, so that a store of their old value shows. */
static void witness_flip(const struct witness_block *block) {
    for (long offset = block->begin; offset < block->end; offset++)
        if (!witness_run_at(block, offset))
            witness_pool[block->at + offset] ^= 0xff;
}

static int witness_steps(int sig, siginfo_t *info, ucontext_t *context) {
    greg_t *registers = context->uc_mcontext.gregs;
    if (sig == SIGTRAP && witness_stepping >= 0) {
        const struct witness_block *block = &witness_blocks[witness_stepping];
        const unsigned char *old = witness_images[0];
        witness_flip(block);
        for (long offset = block->begin; offset < block->end; offset++)
            if (!witness_run_at(block, offset) && witness_pool[block->at + offset] != old[block->at + offset])
                witness_differs("stores to", block->name, offset);
        mprotect(witness_pool + block->page, block->page_end - block->page, PROT_READ);
        registers[REG_EFL] &= ~0x100;
        witness_stepping = -1;
        return 1;
    }
    if (sig != SIGSEGV || !(registers[REG_ERR] & 2) || witness_stepping >= 0)
        return 0;
    for (int n = 0; n < WITNESS_BLOCKS; n++) {
        const struct witness_block *block = &witness_blocks[n];
        const unsigned char *first = witness_pool + block->page, *last = witness_pool + block->page_end;
        const unsigned char *address = info->si_addr;
        if (!block->writable || !block->run_count || address < first || address >= last)
            continue;
        if (!witness_run_at(block, address - (witness_pool + block->at)))
            return 0;
        mprotect(witness_pool + block->page, block->page_end - block->page, PROT_READ | PROT_WRITE);
        witness_flip(block);
        witness_stepping = n;
        registers[REG_EFL] |= 0x100;
        return 1;
    }
    return 0;
}
#endif

static void witness_signal(int sig, siginfo_t *info, void *context) {
    (void)context;
#if WITNESS_WATCH && defined(WITNESS_STEPS)
    if (*witness_phase == 2 && witness_steps(sig, info, context))
        return;
#endif
    if (sig == SIGALRM)
        witness_differs("does not end", "", 0);
    if (sig == SIGILL || sig == SIGTRAP)
        witness_differs("undefined behaviour that gcc's checks catch", "", 0);
    if (sig == SIGFPE)
        witness_differs("a division that traps", "", 0);
    const unsigned char *address = info->si_addr;
    for (int n = 0; n < WITNESS_BLOCKS; n++) {
        const struct witness_block *block = &witness_blocks[n];
        if (address >= witness_pool + block->page - WITNESS_PAGE && address < witness_pool + block->page_end + WITNESS_PAGE)
            witness_differs("an access that traps at", block->name, address - (witness_pool + block->at));
    }
    witness_differs("an access that traps", "", 0);
}

static __attribute__((noinline, unused)) void witness_dirty(void) {
    volatile unsigned char stack[1 << 16];
    for (size_t n = 0; n < sizeof stack; n++)
        stack[n] = 0xa5;
}

static __attribute__((unused)) void witness_promised(const volatile unsigned char *first, long size) {
    for (long n = 0; n < size; n++)
        (void)first[n];
}

/*@runs@*/

static void witness_one(int phase, void (*run)(void)) {
    *witness_phase = 0;
    witness_set();
    *witness_phase = phase;
    witness_protect();
    witness_event_count = 0;
    witness_dirty();
    alarm(WITNESS_SECONDS);
    if (!sigsetjmp(witness_leave, 1))
        run();
    alarm(0);
    *witness_phase = 2;
    mprotect(witness_pool, sizeof witness_pool, PROT_READ | PROT_WRITE);
    if (phase == 1) {
        witness_images[0] = witness_copy();
        witness_calls_before = witness_event_count;
    }
}

static int witness_child(void) {
    static unsigned char stack[1 << 16];
    const stack_t spare = {.ss_sp = stack, .ss_size = sizeof stack};
    const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGALRM};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = witness_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigaltstack(&spare, NULL);
    for (size_t n = 0; n < sizeof signals / sizeof *signals; n++)
        sigaction(signals[n], &action, NULL);
    witness_libraries();
    witness_one(1, witness_run_before);
    witness_one(2, witness_run_after);
    if (witness_event_count < witness_calls_before)
        witness_differs("no call of", witness_events[witness_event_count].name, 0);
    if (witness_result[0].bits != witness_result[1].bits)
        witness_differs("another result", "", 0);
    witness_compare(witness_images[0], witness_pool, 0);
    return 0;
}

/* What shows without optimization, and what gcc's own checks say of undefined behaviour that no processor shows: the
   program compiles itself again. */
#ifndef WITNESS_CHECKED
#if defined(__has_include)
#if __has_include(__FILE__)
__asm__(".pushsection .rodata\n"
        "witness_source: .incbin \"" __FILE__ "\"\n"
        "witness_source_end:\n"
        ".popsection");
extern const char witness_source[] __attribute__((visibility("hidden")));
extern const char witness_source_end[] __attribute__((visibility("hidden")));
#define WITNESS_EMBEDDED 1
#endif
#endif

static int witness_write_source(const char *path) {
    FILE *out = fopen(path, "w");
    if (!out)
        return 0;
#ifdef WITNESS_EMBEDDED
    fwrite(witness_source, 1, (size_t)(witness_source_end - witness_source), out);
#else
    FILE *in = fopen(__FILE__, "r");
    if (!in) {
        fclose(out);
        return 0;
    }
    for (int c; (c = getc(in)) != EOF;)
        putc(c, out);
    fclose(in);
#endif
    return fclose(out) == 0;
}

static int witness_with_checks(const char *flags) {
    char folder[] = "/tmp/witness-XXXXXX", command[1024], path[64], made[64];
    const char *compiler = getenv("CC");
    if (!mkdtemp(folder))
        return 2;
    snprintf(path, sizeof path, "%s/w.c", folder);
    snprintf(made, sizeof made, "%s/w", folder);
    int status = 2;
    if (witness_write_source(path)) {
        snprintf(command, sizeof command, "%s -w -O0 %s -DWITNESS_CHECKED %s -o %s", compiler && *compiler ? compiler : "gcc", flags, path, made);
        if (system(command) == 0) {
            const int ended = system(made);
            status = WIFEXITED(ended) ? WEXITSTATUS(ended) : 1;
        }
    }
    unlink(path);
    unlink(made);
    rmdir(folder);
    return status;
}
#endif

int main(void) {
    int status = 0;
    setvbuf(stdout, NULL, _IONBF, 0);
    witness_phase = mmap(NULL, WITNESS_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (witness_phase == MAP_FAILED)
        return 2;
    const pid_t child = fork();
    if (child < 0)
        return 2;
    if (child == 0)
        _exit(witness_child());
    if (waitpid(child, &status, 0) != child)
        return 2;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : *witness_phase == 2 ? 1 : 2;
#ifndef WITNESS_CHECKED
    for (size_t n = 0; code == 0 && n < sizeof witness_checks / sizeof *witness_checks && witness_checks[n]; n++) {
        code = witness_with_checks(witness_checks[n]);
        if (code == 2) {
            printf("gcc's checks cannot be run: compile this file with %s -DWITNESS_CHECKED\n", witness_checks[n]);
            return 2;
        }
    }
    printf(code == 1 ? "the versions differ\n" : code == 0 ? "no difference is seen\n" : "this cannot be run here\n");
#endif
    return code;
}
