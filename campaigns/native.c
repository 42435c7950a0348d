/* Runs an original and a rewrite that was proved on the same inputs and compares what they do.
 *
 *     native plan COUNT SEED PROGRESS   > PLAN    which inputs is the original defined on, and what does it access?
 *     native check SEED PROGRESS FIRST  < PLAN    do both do the same? One JSON object on stdout where they do not
 *
 * Input k is made from SEED and k alone. The memory of a pointer lies between two pages without access and is just as
 * long as the original needs: at its upper end in one layout, at its lower end in the other. Memory that the original
 * does not store to is mapped read-only. Pointers of one group overlap in every fourth input. PROGRESS is a file that
 * tells which run a sanitizer has ended. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "native.h"

enum { PAGE = 4096, ROOM = 1 << 16, CANARY = 256, GUARD = 0xA5 };

static const struct vc_table *const table = &vc_table;
static uint64_t seed;
static volatile uint32_t *progress; /* input, phase (0: original, 1: rewrite) */

struct record {
    uint32_t input;
    uint32_t read_only; /* bits: arenas that the original does not store to */
    int32_t low[MOST], high[MOST];
};

static unsigned char *writable[MOST], *readable[MOST]; /* two views of one arena */
static unsigned char first_image[MOST][ROOM], kept[MOST][ROOM];
static unsigned char *kept_object[MOST];

static uint64_t mix(uint64_t x) {
    x += 0x9E3779B97F4A7C15ull;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

static uint64_t draw(uint32_t input, uint32_t what, uint64_t index) {
    return mix(seed ^ mix(((uint64_t)input << 20) ^ what) ^ mix(index + 77));
}

static size_t width(char code) {
    switch (code) {
    case 'h': case 'H': return 2;
    case 'i': case 'I': case 'f': return 4;
    case 'q': case 'Q': case 'd': return 8;
    default: return 1;
    }
}

static int64_t integer(int pattern, uint64_t h, int64_t index) {
    static const int64_t special[] = {0, 1, -1, 127, -128, 255, 32767, -32768, 65535, INT32_MAX, INT32_MIN, UINT32_MAX,
                                      INT64_MAX, INT64_MIN, 2, 64, 128, 256};
    switch (pattern) {
    case 0: return (int64_t)(h % 10);
    case 1: return (int64_t)(h % 201) - 100;
    case 2: return (int64_t)h;
    case 3: return special[h % 18];
    case 4: return index;
    case 5: return (int64_t)(h % 2);
    case 6: return (int64_t)(h % 3) + 5;
    default: return h % 8 ? (int64_t)(h % 100) : special[(h >> 8) % 18];
    }
}

static double real(int pattern, uint64_t h, int64_t index) {
    static const double special[] = {0.0, -0.0, 1.0, -1.0, INFINITY, -INFINITY, NAN, 1e-40, -1e-40, 3.4e38, 1e8, -1e8,
                                     0.1, 1.17549435e-38, 16777217.0, 2147483648.0};
    double unit = (double)(h >> 11) / 9007199254740992.0;
    switch (pattern) {
    case 0: return 0.5 + unit;
    case 1: return (double)(int)(h % 17) - 8;
    case 2: return (unit - 0.5) * exp2((double)(int)(mix(h) % 81) - 40);
    case 3: return special[h % 16];
    case 4: return 0.1 * (double)index;
    case 5: return h % 2 ? 0.0 : -0.0;
    case 6: return (double)(h % 3);
    default: return h % 8 ? 4 * unit - 2 : special[(h >> 8) % 16];
    }
}

static void put(unsigned char *place, char code, int pattern, uint64_t h, int64_t index) {
    if (code == 'f') {
        float value = (float)real(pattern, h, index);
        memcpy(place, &value, 4);
    } else if (code == 'd') {
        double value = real(pattern, h, index);
        memcpy(place, &value, 8);
    } else if (code == '?') {
        *place = h & 1;
    } else if (code == 'x') {
        *place = 0;
    } else {
        int64_t value = integer(pattern, h, index);
        memcpy(place, &value, width(code));
    }
}

static long period(const char *layout) {
    long sum = 0;
    for (; *layout; layout++) sum += (long)width(*layout);
    return sum;
}

/* Code of the element that holds byte `at`, and how far into it that byte is. */
static char element(const char *layout, long at, long *inside) {
    long whole = period(layout), left = ((at % whole) + whole) % whole;
    for (; left >= (long)width(*layout); layout++) left -= (long)width(*layout);
    *inside = left;
    return *layout;
}

static void fill(unsigned char *origin, const char *layout, long low, long high, uint32_t input, uint32_t what) {
    int pattern = (int)(draw(input, what + 100, 0) % 8);
    for (long at = low; at < high;) {
        long inside;
        char code = element(layout, at, &inside);
        if (inside == 0 && at + (long)width(code) <= high) {
            put(origin + at, code, pattern, draw(input, what, (uint64_t)(at + (1 << 20))), at / (long)width(code));
            at += (long)width(code);
        } else {
            origin[at++] = 0;
        }
    }
}

static int same(char code, const unsigned char *a, const unsigned char *b) {
    if (code == 'x') return 1;
    if (code == 'f') {
        float x, y;
        memcpy(&x, a, 4), memcpy(&y, b, 4);
        return memcmp(a, b, 4) == 0 || (x != x && y != y);
    }
    if (code == 'd') {
        double x, y;
        memcpy(&x, a, 8), memcpy(&y, b, 8);
        return memcmp(a, b, 8) == 0 || (x != x && y != y);
    }
    return memcmp(a, b, width(code)) == 0;
}

static void map_arenas(void) {
    for (int b = 0; b < table->buffers; b++) {
        int file = memfd_create("arena", 0);
        if (file < 0 || ftruncate(file, ROOM)) _exit(70);
        for (int view = 0; view < 2; view++) {
            unsigned char *outer = mmap(NULL, ROOM + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            int may = view ? PROT_READ : PROT_READ | PROT_WRITE;
            if (outer == MAP_FAILED || mmap(outer + PAGE, ROOM, may, MAP_SHARED | MAP_FIXED, file, 0) == MAP_FAILED)
                _exit(70);
            (view ? readable : writable)[b] = outer + PAGE;
        }
    }
    for (int g = 0; g < table->objects; g++) kept_object[g] = malloc(table->object[g].size + 1);
}

/* The arena in which a buffer lies and its offset there. */
static int arena_of(uint32_t input, int b, long *offset) {
    *offset = 0;
    int group = table->buffer[b].group;
    if (group < 0 || input % 4) return b;
    for (int other = 0; other < b; other++)
        if (table->buffer[other].group == group) {
            long whole = period(table->buffer[b].layout);
            uint64_t h = draw(input, 300 + (uint32_t)b, 0);
            *offset = whole * (h % 3 == 0 ? 0 : (long)((h >> 8) % 19) - 9);
            return other;
        }
    return b;
}

static unsigned alignment(uint32_t input, int arena) {
    unsigned least = table->buffer[arena].align;
    return input % 3 == 0 && least < 32 ? 32 : least;
}

/* Where offset 0 of an arena lies in its 64 KiB. */
static long origin_of(const struct record *r, int a, int at_end) {
    long align = (long)alignment(r->input, a);
    return at_end ? (ROOM - r->high[a]) / align * align : (r->low[a] + align - 1) / align * align;
}

static long window_low(const struct record *r, int a, long origin) {
    long low = origin - r->low[a] - CANARY;
    return low < 0 ? 0 : low;
}

static long window_high(const struct record *r, int a, long origin) {
    long high = origin + r->high[a] + CANARY;
    return high > ROOM ? ROOM : high;
}

static void prepare(const struct record *r, int at_end) {
    for (int b = 0; b < table->buffers; b++) {
        long offset;
        if (arena_of(r->input, b, &offset) != b) continue;
        long origin = origin_of(r, b, at_end), low = window_low(r, b, origin), high = window_high(r, b, origin);
        memset(writable[b] + low, GUARD, (size_t)(high - low));
        fill(writable[b] + origin, table->buffer[b].layout, -r->low[b], r->high[b], r->input, (uint32_t)b);
        memcpy(first_image[b] + low, writable[b] + low, (size_t)(high - low));
    }
}

static void fill_objects(uint32_t input, void *of(int)) {
    for (int g = 0; g < table->objects; g++)
        fill(of(g), table->object[g].layout, 0, (long)table->object[g].size, input, 500 + (uint32_t)g);
}

static int64_t size_like(uint32_t input, uint32_t what) {
    static const int64_t edge[] = {0, 1, -1, 2, 63, 64, 65, 100, 999, 1000, 1001, INT32_MIN, INT32_MIN + 1, INT32_MAX,
                                   INT32_MAX - 1, INT32_MAX - 7, -2, -8, 3, 4, 7, 8};
    uint64_t h = draw(input, what, 5);
    if (h % 8 < 6) return (int64_t)((h >> 8) % 41);
    return h % 8 == 6 ? edge[(h >> 8) % 22] : (int64_t)((h >> 8) % 300) - 20;
}

static void arguments(const struct record *r, int at_end, union vc_value *in) {
    int b = 0, shared = draw(r->input, 900, 0) % 2 == 0;
    for (int p = 0; p < table->parameters; p++) {
        char code = table->codes[p];
        uint32_t what = 1000 + (uint32_t)(shared ? 0 : p);
        memset(&in[p], 0, sizeof in[p]);
        if (code == 'p') {
            long offset;
            int a = arena_of(r->input, b++, &offset);
            unsigned char *view = (r->read_only >> a & 1 ? readable : writable)[a];
            in[p].p = view + origin_of(r, a, at_end) + offset;
        } else if (code == 'f') {
            in[p].f = (float)real((int)(draw(r->input, 2000, 0) % 8), draw(r->input, what, (uint64_t)p), p);
        } else if (code == 'd') {
            in[p].d = real((int)(draw(r->input, 2000, 0) % 8), draw(r->input, what, (uint64_t)p), p);
        } else if (code == '?') {
            in[p].q = (int64_t)(draw(r->input, what, (uint64_t)p) & 1);
        } else {
            in[p].q = size_like(r->input, what);
        }
    }
}

static sigjmp_buf escape;
static volatile sig_atomic_t armed;

static void trapped(int number) {
    if (!armed) _exit(71);
    siglongjmp(escape, number);
}

static int guarded(void call(const union vc_value *, union vc_value *), const union vc_value *in, union vc_value *out,
                   long microseconds) {
    struct itimerval limit = {{0, 0}, {microseconds / 1000000, microseconds % 1000000}}, none = {{0, 0}, {0, 0}};
    int number = sigsetjmp(escape, 1);
    if (number == 0) {
        armed = 1;
        setitimer(ITIMER_REAL, &limit, NULL);
        call(in, out);
    }
    armed = 0;
    setitimer(ITIMER_REAL, &none, NULL);
    return number;
}

static int survives(const struct record *r, int at_end) {
    union vc_value in[64], out;
    prepare(r, at_end);
    fill_objects(r->input, s_object);
    arguments(r, at_end, in);
    return guarded(s_call, in, &out, 20000) == 0;
}

/* The least extent of an arena on one side with which the original lives; a multiple of `unit`. */
static int tighten(struct record *r, int32_t *extent, int at_end, long unit, long least) {
    long low = -unit, high = (least + unit - 1) / unit * unit;
    for (;; high = high ? 2 * high : unit) {
        if (high > ROOM / 2 - 1024) return 0;
        *extent = (int32_t)high;
        if (survives(r, at_end)) break;
        low = high;
    }
    while (high - low > unit) {
        long middle = (low + high) / 2 / unit * unit;
        if (middle <= low) middle = low + unit;
        if (middle < least) {
            low = middle;
            continue;
        }
        *extent = (int32_t)middle;
        if (survives(r, at_end)) high = middle; else low = middle;
    }
    *extent = (int32_t)high;
    return 1;
}

static int plan_one(struct record *r) {
    long room = 1024;
    for (int b = 0; b < table->buffers; b++) r->low[b] = 0, r->high[b] = 0;
    /* All at once first: one buffer can only be made short while the others are long enough. */
    for (;; room *= 4) {
        if (room > ROOM / 4) return 0;
        for (int b = 0; b < table->buffers; b++) r->low[b] = r->high[b] = (int32_t)room;
        if (survives(r, 1)) break;
    }
    for (int b = 0; b < table->buffers; b++) {
        long offset, unit = (long)alignment(r->input, b);
        if (arena_of(r->input, b, &offset) != b) {
            r->low[b] = r->high[b] = 0;
            continue;
        }
        if (!tighten(r, &r->high[b], 1, unit, (long)table->buffer[b].least)) return 0;
    }
    for (int b = 0; b < table->buffers; b++) {
        long offset, unit = (long)alignment(r->input, b);
        if (arena_of(r->input, b, &offset) != b) continue;
        if (!tighten(r, &r->low[b], 0, unit, 0)) return 0;
    }
    if (!survives(r, 1) || !survives(r, 0)) return 0;
    for (int b = 0; b < table->buffers; b++) {
        r->read_only |= 1u << b;
        if (!survives(r, 1)) r->read_only &= ~(1u << b);
    }
    return 1;
}

static void plan(uint32_t count, uint32_t first) {
    for (uint32_t k = first; k < count; k++) {
        struct record r;
        memset(&r, 0, sizeof r);
        r.input = k;
        progress[0] = k;
        if (plan_one(&r)) {
            fwrite(&r, sizeof r, 1, stdout);
            fflush(stdout);
        }
    }
}

static void differ(const struct record *r, int at_end, const char *what, int number, long offset) {
    union vc_value in[64];
    arguments(r, at_end, in);
    printf("{\"what\": \"%s\", \"number\": %d, \"offset\": %ld, \"input\": %u, \"at_end\": %d, \"scalars\": [", what,
           number, offset, r->input, at_end);
    const char *comma = "";
    for (int p = 0; p < table->parameters; p++) {
        if (table->codes[p] == 'p' || table->codes[p] == 'f' || table->codes[p] == 'd') continue;
        printf("%s%lld", comma, in[p].q);
        comma = ", ";
    }
    printf("]}\n");
    fflush(stdout);
    _exit(1);
}

static void check_one(const struct record *r, int at_end) {
    union vc_value in[64], before, after;
    memset(&before, 0, sizeof before), memset(&after, 0, sizeof after);
    prepare(r, at_end);
    fill_objects(r->input, s_object);
    arguments(r, at_end, in);
    progress[0] = r->input, progress[1] = 0;
    if (guarded(s_call, in, &before, 500000)) return;
    for (int b = 0; b < table->buffers; b++) {
        long offset;
        if (arena_of(r->input, b, &offset) != b) continue;
        long origin = origin_of(r, b, at_end), low = window_low(r, b, origin), high = window_high(r, b, origin);
        memcpy(kept[b] + low, writable[b] + low, (size_t)(high - low));
        memcpy(writable[b] + low, first_image[b] + low, (size_t)(high - low));
    }
    for (int g = 0; g < table->objects; g++) memcpy(kept_object[g], s_object(g), table->object[g].size);
    fill_objects(r->input, t_object);
    progress[1] = 1;
    int number = guarded(t_call, in, &after, 3000000);
    progress[1] = 0;
    if (number) differ(r, at_end, number == SIGALRM ? "no end" : number == SIGILL || number == SIGTRAP ? "undefined" : "fault", number, 0);
    if (table->returns == 'p' ? before.p != after.p
        : table->returns != 'v' && !same(table->returns, (unsigned char *)&before, (unsigned char *)&after))
        differ(r, at_end, "result", 0, 0);
    for (int b = 0; b < table->buffers; b++) {
        long offset, inside;
        if (arena_of(r->input, b, &offset) != b) continue;
        long origin = origin_of(r, b, at_end), low = window_low(r, b, origin), high = window_high(r, b, origin);
        if (memcmp(kept[b] + low, writable[b] + low, (size_t)(high - low)) == 0) continue;
        for (long at = low; at < high; at++) {
            if (kept[b][at] == writable[b][at]) continue;
            char code = element(table->buffer[b].layout, at - origin, &inside);
            if (at - inside < 0 || at - inside + (long)width(code) > ROOM ||
                !same(code, kept[b] + at - inside, writable[b] + at - inside))
                differ(r, at_end, "memory", b, at - origin);
        }
    }
    for (int g = 0; g < table->objects; g++) {
        unsigned char *now = t_object(g);
        for (long at = 0; at < (long)table->object[g].size; at++) {
            long inside;
            if (kept_object[g][at] == now[at]) continue;
            char code = element(table->object[g].layout, at, &inside);
            if (!same(code, kept_object[g] + at - inside, now + at - inside)) differ(r, at_end, "object", g, at);
        }
    }
}

int main(int count, char **words) {
    static char stack[1 << 16];
    static const int signals[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGALRM};
    stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = trapped, .sa_flags = SA_ONSTACK | SA_NODEFER};
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    if (count < 5) return 64;
    sigaltstack(&other, NULL);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
    int planning = strcmp(words[1], "plan") == 0;
    seed = strtoull(words[planning ? 3 : 2], NULL, 10);
    int file = open(words[planning ? 4 : 3], O_RDWR | O_CREAT, 0600);
    if (file < 0 || ftruncate(file, 64)) return 66;
    progress = mmap(NULL, 64, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    map_arenas();
    if (planning) {
        plan((uint32_t)strtoul(words[2], NULL, 10), 0);
        return 0;
    }
    uint32_t from = (uint32_t)strtoul(words[4], NULL, 10);
    struct record r;
    uint32_t checked = 0;
    while (fread(&r, sizeof r, 1, stdin) == 1)
        if (r.input >= from) {
            check_one(&r, 1);
            check_one(&r, 0);
            checked++;
        }
    printf("{\"checked\": %u}\n", checked);
    return 0;
}
