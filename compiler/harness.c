/* Runs two versions of a function on the same inputs: to compare what they do, and to time them.
 *
 * Results go to stdout, one JSON object a line, each before the step that it announces, so that the reader knows
 * where a run died. Usage: harness trap | harness check MASK | harness time MASK BUDGET_NS
 *
 * Memory of a pointer argument, lo and hi relative to the pointer p:
 *
 *     | no access | guard bytes | p+lo ... p+hi | guard bytes | no access |
 */

#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

static const struct table *const table = &vecassist_table;

static const struct range *range_of(int w, int b) { return &table->ranges[w * table->buffers + b]; }

static const struct limits *limits_of(int w, int b) { return &table->values[w * table->buffers + b]; }

static const struct scalar *scalar_of(int w, int p) { return &table->scalars[w * table->parameters + p]; }

#if defined __x86_64__ || defined __i386__
enum { PAGE = 4096 };
#else
enum { PAGE = 65536 };
#endif
enum { PATTERNS = 12, LAYOUTS = 2, GUARD = 0xA5, MOST_CHECKED = 1 << 20 };
#include "harness_elements.h"

enum { AT_END, AT_START, ROOMY };

/* Contents to time with: nothing that makes float arithmetic slow on its own. */
static const int timing_patterns[] = {0, 1, 2, 3, 4, 9};
enum { TIMING_PATTERNS = sizeof timing_patterns / sizeof *timing_patterns };

struct area { /* what is filled, compared and restored for one buffer */
    unsigned char *start;
    size_t bytes;
    unsigned char *base; /* the pointer that the function gets; the object itself for a global */
};

static struct area areas[MOST_BUFFERS];
static unsigned char *initial[MOST_BUFFERS], *kept[MOST_BUFFERS];

static size_t period(const char *layout) {
    size_t sum = 0;
    for (; *layout; layout++) sum += width(*layout);
    return sum;
}

/* Code of the element at byte offset `at` from the pointer, and how far into the element that byte is. */
static char element_at(const char *layout, long at, size_t *inside) {
    long whole = (long)period(layout);
    if (layout[1] == 0) {
        *inside = (size_t)((at & (whole - 1)));
        return *layout;
    }
    size_t left = (size_t)(((at % whole) + whole) % whole);
    for (; left >= width(*layout); layout++) left -= width(*layout);
    *inside = left;
    return *layout;
}

static void fill(int w, int b, int pattern) {
    const struct range *range = range_of(w, b);
    random_state = 88172645463325252ull ^ ((uint64_t)w << 40) ^ ((uint64_t)pattern << 20) ^ ((uint64_t)b + 1);
    for (int i = 0; i < 8; i++) next_random();
    long at = range->low, index = 0;
    while (at < range->high) {
        size_t inside;
        char code = element_at(table->buffer[b].layout, at, &inside);
        if (inside == 0 && at + (long)width(code) <= range->high) {
            put(areas[b].base + at, code, pattern, index++, limits_of(w, b));
            at += (long)width(code);
        } else {
            areas[b].base[at++] = 0;
        }
    }
}

static void *pages(size_t bytes) {
    void *found = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (found == MAP_FAILED) _exit(70);
    return found;
}

static uintptr_t up(uintptr_t value, uintptr_t step) { return (value + step - 1) / step * step; }

static void place(int w, int b, int layout) {
    struct area *area = &areas[b];
    if (table->buffer[b].global) {
        area->base = area->start = vecassist_global(table->buffer[b].global - 1);
        area->bytes = table->buffer[b].size;
    } else {
        long low = range_of(w, b)->low, high = range_of(w, b)->high;
        size_t align = layout == ROOMY && table->buffer[b].align < 64 ? 64 : table->buffer[b].align;
        /* Buffers of the same page offset would fight for the same cache sets. */
        size_t skew = layout == ROOMY ? (size_t)b * 320 : 0;
        size_t room = up((size_t)(high - low) + 2 * align + skew + 64, PAGE);
        unsigned char *outer = pages(room + 2 * PAGE);
        unsigned char *inner = outer + PAGE;
        mprotect(outer, PAGE, PROT_NONE);
        mprotect(inner + room, PAGE, PROT_NONE);
        uintptr_t base;
        if (layout == AT_END)
            base = ((uintptr_t)(inner + room) - (uintptr_t)high) / align * align;
        else
            base = up((uintptr_t)inner + skew - (uintptr_t)low, align);
        area->base = (unsigned char *)base;
        area->start = inner;
        area->bytes = room;
        memset(inner, GUARD, room);
    }
    initial[b] = pages(area->bytes + 1);
    kept[b] = pages(area->bytes + 1);
}

static void remove_all(int w) {
    for (int b = 0; b < table->buffers; b++) {
        if (!table->buffer[b].global) munmap(areas[b].start - PAGE, areas[b].bytes + 2 * PAGE);
        munmap(initial[b], areas[b].bytes + 1);
        munmap(kept[b], areas[b].bytes + 1);
    }
    (void)w;
}

static void prepare(int w, int pattern, int layout) {
    for (int b = 0; b < table->buffers; b++) {
        place(w, b, layout);
        if (!table->buffer[b].constant) fill(w, b, pattern);
        memcpy(initial[b], areas[b].start, areas[b].bytes);
    }
}

static void restore(void) {
    for (int b = 0; b < table->buffers; b++)
        if (!table->buffer[b].constant) memcpy(areas[b].start, initial[b], areas[b].bytes);
}

static void arguments(int w, int pattern, union value *out) {
    for (int p = 0; p < table->parameters; p++) {
        const struct scalar *given = scalar_of(w, p);
        memset(&out[p], 0, sizeof out[p]);
        random_state = 1181783497276652981ull ^ ((uint64_t)p << 32) ^ ((uint64_t)pattern << 8);
        for (int i = 0; i < 8; i++) next_random();
        if (table->parameter[p].buffer >= 0)
            out[p].p = areas[table->parameter[p].buffer].base;
        else if (table->parameter[p].code == 'f')
            out[p].f = (float)(given->set ? given->real : float_of(pattern, p, 0));
        else if (table->parameter[p].code == 'd')
            out[p].d = given->set ? given->real : float_of(pattern, p, 1);
        else
            out[p].q = given->integer;
    }
}

static void differ(int w, int pattern, const char *what, long offset, char code, const unsigned char *before,
                   const unsigned char *after) {
    printf("{\"mismatch\": \"%s\", \"workload\": %d, \"pattern\": %d, \"offset\": %ld, \"before\": ", what, w, pattern,
           offset);
    print_element(code, before);
    printf(", \"after\": ");
    print_element(code, after);
    printf("}\n");
    fflush(stdout);
    _exit(0);
}

static void compare(int w, int pattern) {
    for (int b = 0; b < table->buffers; b++) {
        if (table->buffer[b].constant || memcmp(kept[b], areas[b].start, areas[b].bytes) == 0) continue;
        long first = areas[b].start - areas[b].base;
        for (size_t i = 0; i < areas[b].bytes; i++) {
            long at = first + (long)i;
            const unsigned char *before = kept[b] + i, *after = areas[b].start + i;
            if (*before == *after) continue;
            size_t inside;
            char code = element_at(table->buffer[b].layout, at, &inside);
            long start = at - (long)inside;
            int whole = start >= range_of(w, b)->low && start + (long)width(code) <= range_of(w, b)->high;
            if (!whole)
                differ(w, pattern, table->buffer[b].name, at, 'B', before, after);
            else if (!same_element(code, before - inside, after - inside))
                differ(w, pattern, table->buffer[b].name, start, code, before - inside, after - inside);
        }
    }
}

static void announce(const char *step, int w, int pattern, int layout) {
    printf("{\"step\": \"%s\", \"workload\": %d, \"pattern\": %d, \"layout\": %d}\n", step, w, pattern, layout);
    fflush(stdout);
}

static size_t bytes_of(int w) {
    size_t sum = 0;
    for (int b = 0; b < table->buffers; b++) {
        size_t accessed = (size_t)(range_of(w, b)->high - range_of(w, b)->low);
        sum += table->buffer[b].global ? table->buffer[b].size : accessed;
    }
    return sum;
}

static void check(int w, int pattern, int layout) {
    union value in[MOST_PARAMETERS], before, after;
    prepare(w, pattern, layout);
    arguments(w, pattern, in);
    memset(&before, 0, sizeof before);
    memset(&after, 0, sizeof after);
    announce("before", w, pattern, layout);
    alarm(table->call_seconds);
    vecassist_call_0(in, &before);
    for (int b = 0; b < table->buffers; b++) {
        memcpy(kept[b], areas[b].start, areas[b].bytes);
    }
    restore();
    announce("after", w, pattern, layout);
    vecassist_call_1(in, &after);
    alarm(0);
    char code = table->returns;
    const unsigned char *first = (const unsigned char *)&before, *second = (const unsigned char *)&after;
    if (code != 'v' && !same_element(code, first, second)) differ(w, pattern, "return value", 0, code, first, second);
    compare(w, pattern);
    restore();
    remove_all(w);
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Time of `repeat` calls; of single calls with the contents restored in between where `singly` is set. */
static int64_t batch(int which, const union value *in, long repeat, int singly) {
    union value out;
    int64_t sum = 0;
    long times = singly ? repeat : 1, calls = singly ? 1 : repeat;
    for (long t = 0; t < times; t++) {
        restore();
        int64_t start = now();
        if (which)
            for (long i = 0; i < calls; i++) vecassist_call_1(in, &out);
        else
            for (long i = 0; i < calls; i++) vecassist_call_0(in, &out);
        sum += now() - start;
    }
    return sum;
}

static void time_one(int w, int pattern, int64_t budget) {
    enum { LEAST = 5, MOST = 101 };
    const int64_t shortest = w == table->headline ? 60000 : 20000;
    static double taken[2][MOST];
    union value in[MOST_PARAMETERS];
    prepare(w, pattern, ROOMY);
    arguments(w, pattern, in);
    announce("time", w, pattern, ROOMY);
    long repeat = 1;
    batch(0, in, 1, 0);
    int singly = 0; /* a call changes contents that have to stay within limits, such as subscripts */
    for (int b = 0; b < table->buffers; b++)
        if (limits_of(w, b)->set && memcmp(initial[b], areas[b].start, areas[b].bytes) != 0) singly = 1;
    int64_t with_restoring;
    for (;; repeat *= 2) {
        int64_t start = now(), a = batch(0, in, repeat, singly), b = batch(1, in, repeat, singly);
        with_restoring = now() - start;
        if ((a < b ? a : b) >= shortest || with_restoring > budget / LEAST || repeat > 1000000) break;
    }
    int samples = (int)(budget / (with_restoring + 1));
    samples = samples < LEAST ? LEAST : samples > MOST ? MOST : samples;
    for (int i = 0; i < samples; i++) {
        for (int turn = 0; turn < 2; turn++) {
            int which = (i + turn) % 2;
            taken[which][i] = (double)batch(which, in, repeat, singly) / (double)repeat;
        }
    }
    printf("{\"timed\": %d, \"repeat\": %ld, \"before\": [", w, singly ? 1 : repeat);
    for (int i = 0; i < samples; i++) printf("%s%.3f", i ? "," : "", taken[0][i]);
    printf("], \"after\": [");
    for (int i = 0; i < samples; i++) printf("%s%.3f", i ? "," : "", taken[1][i]);
    printf("]}\n");
    fflush(stdout);
    restore();
    remove_all(w);
}

/* Contents 0, or the slowest ones where these make the original stop early, as a search does. What was decided for
 * a smaller size holds for the large ones. */
static int contents_to_time(int w, const char *mask) {
    static int decided = -1;
    if (bytes_of(w) > MOST_CHECKED && decided >= 0 && mask[w * PATTERNS + decided] == '1') return decided;
    int64_t first = -1, longest = -1;
    int chosen = -1, usual = -1;
    for (int i = 0; i < TIMING_PATTERNS; i++) {
        int pattern = timing_patterns[i];
        if (mask[w * PATTERNS + pattern] != '1') continue;
        union value in[MOST_PARAMETERS];
        prepare(w, pattern, ROOMY);
        arguments(w, pattern, in);
        announce("before", w, pattern, ROOMY);
        int64_t least = INT64_MAX;
        for (int again = 0; again < 3; again++) {
            int64_t taken = batch(0, in, 8, 1);
            if (taken < least) least = taken;
        }
        if (first < 0) first = least, usual = pattern;
        if (least > longest) longest = least, chosen = pattern;
        restore();
        remove_all(w);
    }
    return decided = first >= 0 && longest > 4 * first ? chosen : usual;
}

static void limit(int what, rlim_t most) {
    struct rlimit l = {most, most};
    setrlimit(what, &l);
}

static void confine(void) {
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_CPU, 60);
    limit(RLIMIT_AS, (rlim_t)4 << 30);
    cpu_set_t one;
    int cpu = sched_getcpu();
    if (cpu >= 0) {
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        sched_setaffinity(0, sizeof one, &one);
    }
}

static sigjmp_buf escape;

static void trapped(int number) { siglongjmp(escape, number); }

/* The build that traps on undefined behaviour: which inputs does the original survive? */
static void trap(void) {
    static const int signals[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGALRM};
    static char stack[1 << 16];
    stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = trapped, .sa_flags = SA_ONSTACK};
    sigaltstack(&other, NULL);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
    for (int w = 0; w < table->workloads; w++) {
        for (int pattern = 0; pattern < PATTERNS; pattern++) {
            int timed = 0;
            for (int i = 0; i < TIMING_PATTERNS; i++) timed |= timing_patterns[i] == pattern;
            if (!timed && bytes_of(w) > MOST_CHECKED) continue;
            union value in[MOST_PARAMETERS], out;
            prepare(w, pattern, AT_END);
            arguments(w, pattern, in);
            int status = sigsetjmp(escape, 1);
            if (status == 0) {
                alarm(table->call_seconds);
                vecassist_call_0(in, &out);
            }
            alarm(0);
            restore();
            remove_all(w);
            printf("{\"workload\": %d, \"pattern\": %d, \"status\": %d}\n", w, pattern, status);
            fflush(stdout);
        }
    }
}

int main(int count, char **words) {
    confine();
    const char *mask = count > 2 ? words[2] : "";
    int64_t budget = count > 3 ? atoll(words[3]) : 0;
    if (count < 3) trap();
    for (int w = 0; w < table->workloads && count > 2; w++) {
        if (count > 3) {
            int pattern = contents_to_time(w, mask);
            if (pattern < 0) continue;
            time_one(w, pattern, w == table->headline ? budget / 2 : budget / 2 / table->workloads);
        } else {
            int layouts = bytes_of(w) <= MOST_CHECKED ? LAYOUTS : 1;
            for (int pattern = 0; pattern < PATTERNS; pattern++)
                if (mask[w * PATTERNS + pattern] == '1')
                    for (int layout = 0; layout < layouts; layout++) check(w, pattern, layout);
        }
    }
    puts("{\"step\": \"done\"}");
    return 0;
}
