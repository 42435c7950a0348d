/* The compile path for commands that have nothing to do with it: decides from one index file and becomes the
   compiler. A source with entries goes to the Python part, and back to the compiler should that fail to start.

   `launcher.h` is generated: lists of flags and events, and where the Python part is. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "launcher.h"

extern char **environ;

static struct timespec started;
static char cache[PATH_MAX];
static const char *source = "-";

static int starts(const char *word, const char *with)
{
    return strncmp(word, with, strlen(with)) == 0;
}

static int in(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return 1;
    return 0;
}

static int is_set(const char *name, const char *taken_back)
{
    const char *value = getenv(name), *no = getenv(taken_back);
    return value && *value && !(no && *no);
}

/* 0 where the whole path fits. */
static int find_cache(void)
{
    const char *named = getenv("VECASSIST_CACHE_DIR"), *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int size;
    if (named && *named) {
        char here[PATH_MAX];
        if (*named == '/')
            size = snprintf(cache, sizeof cache, "%s", named);
        else if (getcwd(here, sizeof here))
            size = snprintf(cache, sizeof cache, "%s/%s", here, named);
        else
            return -1;
    } else if (base && *base == '/')
        size = snprintf(cache, sizeof cache, "%s/vecassist", base);
    else if (home && *home == '/')
        size = snprintf(cache, sizeof cache, "%s/.cache/vecassist", home);
    else
        return -1;
    if (size < 0 || size >= (int)sizeof cache - 64) {
        cache[0] = 0;
        return -1;
    }
    return 0;
}

static void append(const char *path, const void *data, size_t size)
{
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0)
        return;
    if (write(file, data, size) < 0) {
        /* What is not counted does no harm. */
    }
    close(file);
}

static void make_cache(void)
{
    for (char *at = cache + 1; *at; at++)
        if (*at == '/') {
            *at = 0;
            mkdir(cache, 0700);
            *at = '/';
        }
    mkdir(cache, 0700);
}

static void count(int event)
{
    char text[PATH_MAX + 200];
    const char *log = getenv("VECASSIST_LOG"), *build = getenv("VECASSIST_STATSLOG");
    if (cache[0]) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        uint64_t micros = (now.tv_sec - started.tv_sec) * 1000000LL + (now.tv_nsec - started.tv_nsec) / 1000;
        uint32_t spent = micros > UINT32_MAX ? UINT32_MAX : (uint32_t)micros;
        unsigned char record[8] = {(unsigned char)event, 1, 0, 0, spent & 255, spent >> 8 & 255, spent >> 16 & 255,
                                   spent >> 24};
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%.*s/tally", PATH_MAX - 16, cache);
        if (access(cache, F_OK) != 0)
            make_cache();
        append(path, record, sizeof record);
    }
    if (log && *log) {
        int size = snprintf(text, sizeof text, "vecassist[%ld] %s: %s\n", (long)getpid(), source, EVENTS[event]);
        append(log, text, size < (int)sizeof text ? (size_t)size : sizeof text - 1);
    }
    if (build && *build) {
        int size = snprintf(text, sizeof text, "# %s\n%s\n", source, EVENTS[event]);
        append(build, text, size < (int)sizeof text ? (size_t)size : sizeof text - 1);
    }
}

static void compiler(char **words)
{
    setenv("VECASSIST_ACTIVE", "1", 1);
    execvp(words[0], words);
    fprintf(stderr, "vecassist: error: %s: %s\n", words[0], strerror(errno));
    _exit(127);
}

static void leave(char **words, int event)
{
    count(event);
    compiler(words);
}

static int is_assignment(const char *word)
{
    const char *at = word;
    if (!(*at == '_' || (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z')))
        return 0;
    while (*at == '_' || (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9'))
        at++;
    return *at == '=';
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The event for a command that is left alone, else -1 with the source in `source`. */
static int classify(char **words)
{
    int at = 0, compiles = 0, sources = 0;
    const char *found = NULL;
    while (words[at] && words[at + 1]) {
        const char *name = base_name(words[at]);
        if (strcmp(name, "vecassist") == 0 && strcmp(words[at + 1], "cc") == 0 && words[at + 2]) {
            at += 2;
            continue;
        }
        if (!in(name, LAUNCHERS))
            break;
        at++;
        while (words[at + 1] && is_assignment(words[at]))
            at++;
    }
    for (at++; words[at]; at++) {
        const char *word = words[at];
        if (word[0] != '-') {
            if (word[0] == '@')
                return EVENT_RESPONSE_FILE;
            sources++;
            found = word;
            continue;
        }
        if (strcmp(word, "-") == 0)
            return EVENT_STDIN;
        if (strcmp(word, "-c") == 0) {
            compiles = 1;
            continue;
        }
        for (int i = 0; EXACT[i].flag; i++)
            if (strcmp(word, EXACT[i].flag) == 0)
                return EXACT[i].event;
        for (int i = 0; PREFIXES[i].flag; i++)
            if (starts(word, PREFIXES[i].flag))
                return PREFIXES[i].event;
        if (strcmp(word, "-o-") == 0 ||
            (strcmp(word, "-o") == 0 && words[at + 1] && strcmp(words[at + 1], "-") == 0))
            return EVENT_OUTPUT_TO_STDOUT;
        if (in(word, VALUE_FLAGS) && words[at + 1])
            at++;
    }
    if (!compiles)
        return sources ? EVENT_LINKING : EVENT_NO_INPUT;
    if (sources != 1)
        return sources ? EVENT_SEVERAL_INPUTS : EVENT_NO_INPUT;
    size_t size = strlen(found);
    if (size < 2 || strcmp(found + size - 2, ".c") != 0)
        return EVENT_NOT_C;
    for (int i = 0; ENVIRONMENT[i]; i++) {
        const char *value = getenv(ENVIRONMENT[i]);
        if (value && *value)
            return EVENT_ENVIRONMENT;
    }
    source = found;
    return -1;
}

/* The folder with a store above `full`, in place; 0 where there is none. */
static int store_above(const char *full, char *root)
{
    char path[PATH_MAX + 16];
    struct stat seen;
    strcpy(root, full);
    for (;;) {
        char *slash = strrchr(root, '/');
        if (!slash)
            return 0;
        *slash = 0;
        snprintf(path, sizeof path, "%s/.vecassist", root);
        if (stat(path, &seen) == 0 && S_ISDIR(seen.st_mode)) {
            if (!*root)
                strcpy(root, "/");
            return 1;
        }
        snprintf(path, sizeof path, "%s/.git", root);
        if (!*root || access(path, F_OK) == 0)
            return 0;
    }
}

static int64_t nanoseconds(const struct stat *seen)
{
    return (int64_t)seen->st_mtim.tv_sec * 1000000000 + seen->st_mtim.tv_nsec;
}

/* 1: the index holds and does not name the source; 0: Python has to look. */
static int without_entries(const char *root, const char *relative)
{
    uint64_t key = 0xcbf29ce484222325u;
    char path[PATH_MAX + 300];
    struct stat seen;
    for (const char *at = root; *at; at++)
        key = (key ^ (unsigned char)*at) * 0x100000001b3u;
    snprintf(path, sizeof path, "%s/index/%016llx", cache, (unsigned long long)key);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    char *text = NULL;
    int result = 0;
    if (fstat(file, &seen) != 0 || seen.st_size < 8 || !(text = malloc((size_t)seen.st_size + 1)))
        goto out;
    ssize_t size = read(file, text, (size_t)seen.st_size);
    if (size != seen.st_size)
        goto out;
    text[size] = 0;
    if (strcmp(text + size - 4, "end\n") != 0 || !starts(text, "vecassist-index 1\nroot "))
        goto out;
    char *line = strchr(text, '\n') + 1, *end = strchr(line, '\n');
    *end = 0;
    if (strcmp(line + 5, root) != 0)
        goto out;
    for (line = end + 1; strcmp(line, "end\n") != 0; line = end + 1) {
        char *rest;
        end = strchr(line, '\n');
        if (!end)
            goto out;
        *end = 0;
        if (starts(line, "store ")) {
            snprintf(path, sizeof path, "%s/.vecassist", root);
            if (stat(path, &seen) != 0 || nanoseconds(&seen) != strtoll(line + 6, NULL, 10))
                goto out;
        } else if (starts(line, "entry ")) {
            int64_t time = strtoll(line + 6, &rest, 10), length = strtoll(rest, &rest, 10);
            if (*rest != ' ' || !(rest = strchr(rest + 1, ' ')))
                goto out;
            snprintf(path, sizeof path, "%s/.vecassist/%.255s", root, rest + 1);
            if (stat(path, &seen) != 0 || nanoseconds(&seen) != time || seen.st_size != length)
                goto out;
        } else if (starts(line, "file ")) {
            if (!(rest = strchr(line + 5, ' ')) || !(rest = strchr(rest + 1, ' ')))
                goto out;
            if (strcmp(rest + 1, relative) == 0)
                goto out;
        }
    }
    result = 1;
out:
    free(text);
    close(file);
    return result;
}

static volatile pid_t python;

static void forward(int number)
{
    if (python > 0)
        kill(python, number);
}

/* The Python part answers for the command once it has written to the pipe, whose number is in the environment: an
   interpreter that loses the environment is not fit to start a compiler. */
static void hand_to_python(char **words)
{
    int pipe_ends[2], size = 0, status;
    char answer, numbers[48];
    if (pipe2(pipe_ends, O_CLOEXEC) != 0)
        leave(words, EVENT_NOT_PREPARED);
    while (words[size])
        size++;
    char **command = calloc((size_t)size + 10, sizeof *command);
    if (!command)
        leave(words, EVENT_NOT_PREPARED);
    char *head[] = {PYTHON, "-I", "-S", "-c", START};
    memcpy(command, head, sizeof head);
    memcpy(command + sizeof head / sizeof *head, words, (size_t)size * sizeof *words);
    int forwarded[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction passing = {.sa_handler = forward, .sa_flags = SA_RESTART}, usual = {.sa_handler = SIG_DFL};
    for (size_t i = 0; i < sizeof forwarded / sizeof *forwarded; i++)
        sigaction(forwarded[i], &passing, NULL);
    python = fork();
    if (python == 0) {
        /* An interpreter that does not come up has nothing to say in a build. */
        int out = dup(1), said = dup(2), nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
        fcntl(pipe_ends[1], F_SETFD, 0);
        snprintf(numbers, sizeof numbers, "%d %d %d", pipe_ends[1], out, said);
        if (dup2(nothing, 1) < 0 || dup2(nothing, 2) < 0 || setenv("VECASSIST_LAUNCH", numbers, 1) != 0)
            _exit(127);
        execv(PYTHON, command);
        _exit(127);
    }
    if (python < 0)
        leave(words, EVENT_NOT_PREPARED);
    close(pipe_ends[1]);
    ssize_t got = read(pipe_ends[0], &answer, 1);
    while (waitpid(python, &status, 0) < 0 && errno == EINTR)
        ;
    python = 0;
    for (size_t i = 0; i < sizeof forwarded / sizeof *forwarded; i++)
        sigaction(forwarded[i], &usual, NULL);
    int ended = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    int asked = ended == SIGINT || ended == SIGTERM || ended == SIGHUP || ended == SIGQUIT || ended == SIGPIPE;
    if (asked) {
        raise(ended);
        _exit(128 + ended);
    }
    if (got == 1 && !ended)
        _exit(WEXITSTATUS(status));
    leave(words, EVENT_NOT_PREPARED);
}

/* The first program of that name in PATH that is not this one; it goes into the place of the name. */
static char *real_compiler(char *name, const struct stat *mine)
{
    static char path[PATH_MAX];
    const char *folders = getenv("PATH");
    if (!folders)
        folders = "/bin:/usr/bin";
    for (const char *at = folders;; at++) {
        size_t size = strcspn(at, ":");
        struct stat seen;
        snprintf(path, sizeof path, "%.*s/%s", size ? (int)size : 1, size ? at : ".", name);
        if (access(path, X_OK) == 0 && stat(path, &seen) == 0 && S_ISREG(seen.st_mode) &&
            !(seen.st_dev == mine->st_dev && seen.st_ino == mine->st_ino))
            return path;
        at += size;
        if (!*at)
            return name;
    }
}

int main(int argc, char **argv)
{
    char full[PATH_MAX], root[PATH_MAX];
    struct stat mine;
    const char *name = base_name(argv[0]);
    char **words = argv;
    clock_gettime(CLOCK_MONOTONIC, &started);
    if (strcmp(name, "vecassist") == 0 || strcmp(name, "vecassist-cc") == 0) {
        int own = strcmp(name, "vecassist-cc") == 0;
        if (own && argc > 1)
            words = argv + 1;
        else if (!own && argc > 2 && strcmp(argv[1], "cc") == 0 && strcmp(argv[2], "-h") != 0 &&
                 strcmp(argv[2], "--help") != 0)
            words = argv + 2;
        else {
            /* Another verb: the command line itself. */
            char **command = calloc((size_t)argc + 6, sizeof *command);
            char *head[] = {PYTHON, "-P", "-c", COMMAND};
            if (!command)
                return 2;
            memcpy(command, head, sizeof head);
            memcpy(command + sizeof head / sizeof *head, argv + 1, (size_t)(argc - 1) * sizeof *argv);
            execv(PYTHON, command);
            fprintf(stderr, "vecassist: error: %s: %s; run `vecassist init` again\n", PYTHON, strerror(errno));
            return 2;
        }
    } else {
        if (stat("/proc/self/exe", &mine) != 0 && stat(argv[0], &mine) != 0)
            memset(&mine, 0, sizeof mine);
        argv[0] = real_compiler((char *)name, &mine);
    }
    find_cache();
    const char *active = getenv("VECASSIST_ACTIVE");
    if (active && *active)
        leave(words, EVENT_RECURSIVE);
    if (is_set("VECASSIST_DISABLE", "VECASSIST_NODISABLE"))
        leave(words, EVENT_DISABLED);
    int event = classify(words);
    if (event >= 0)
        leave(words, event);
    if (!realpath(source, full) || !store_above(full, root))
        leave(words, EVENT_NO_STORE);
    if (cache[0] && without_entries(root, full + (root[1] ? strlen(root) + 1 : 1)))
        leave(words, EVENT_NO_ENTRIES);
    hand_to_python(words);
    return 127;
}
