/* Preloaded into a tool, makes its memory run out. STARVE=N fails the Nth call
 * of malloc, calloc, realloc, aligned_alloc or posix_memalign of the process,
 * STARVE=N+ that and every later one; STARVE=0 only counts. What strdup,
 * fopen and the like need goes through these. The first call that fails is told
 * in the file $STARVE_WHERE: by whom it was made, as `library(function+offset)`
 * lines, the innermost first. Who asks in vain again and again is ended by
 * SIGABRT, and told there instead. The file $STARVE_CALLS gets eight bytes for
 * each call, the same for those that were made in the same way.
 *
 * Only what is asked for from the first line of main() on is counted: before
 * it, the loader and the libraries make themselves ready, and end the program
 * with words of their own if they cannot. Children are left alone. For glibc.
 * SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);

#define DEPTH    40
#define NEAR     14
#define PATIENCE 5000 /* calls in vain */

static atomic_long calls;
static long first; /* that fails; 0 = none */
static int all;    /* ... and every later one */
static atomic_int begun;
static atomic_long refused;
static const char *where;
static int list = -1; /* of all calls */

/* The places of the call that fails; nothing of this asks for memory. */
static void tell_where(void) {
    void *frames[DEPTH];
    int fd = open(where, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int n = backtrace(frames, DEPTH);
    if (fd < 0)
        return;
    backtrace_symbols_fd(frames, n, fd);
    close(fd);
}

/* Who made call n: a hash of the innermost places. */
static void note(long n) {
    void *frames[NEAR];
    uint64_t hash = 0;
    int depth = backtrace(frames, NEAR);
    for (int i = 0; i < depth; i++)
        hash = (hash ^ (uintptr_t)frames[i]) * 0x9e3779b97f4a7c15;
    if (pwrite(list, &hash, sizeof hash, (n - 1) * (off_t)sizeof hash) < 0)
        perror("starve");
}

static int turn(void) {
    if (!atomic_load(&begun))
        return 0;
    long n = atomic_fetch_add(&calls, 1) + 1;
    if (list >= 0)
        note(n);
    if (!first || n < first || (n > first && !all))
        return 0;
    int is_endless = atomic_fetch_add(&refused, 1) == PATIENCE;
    if (where && (n == first || is_endless))
        tell_where();
    if (is_endless)
        abort();
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t n) {
    return turn() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size) {
    return turn() ? NULL : __libc_calloc(n, size);
}

/* That makes a block smaller is not said never to fail. */
void *realloc(void *p, size_t n) {
    return turn() ? NULL : __libc_realloc(p, n);
}

void *aligned_alloc(size_t align, size_t n) {
    return turn() ? NULL : __libc_memalign(align, n);
}

void *memalign(size_t align, size_t n) {
    return turn() ? NULL : __libc_memalign(align, n);
}

int posix_memalign(void **p, size_t align, size_t n) {
    void *got = turn() ? NULL : __libc_memalign(align, n);
    if (got)
        *p = got;
    return got ? 0 : ENOMEM;
}

/* ---- the beginning ---- */

static int (*tool)(int, char **, char **);

static int begin(int argc, char **argv, char **env) {
    const char *text = getenv("STARVE"), *path = getenv("STARVE_CALLS");
    void *frames[DEPTH];
    char *end = NULL;
    backtrace(frames, DEPTH); /* loads what it needs */
    first = text ? strtol(text, &end, 10) : 0;
    all = end && *end == '+';
    where = getenv("STARVE_WHERE");
    if (path)
        list = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    unsetenv("LD_PRELOAD");
    atomic_store(&begun, 1);
    return tool(argc, argv, env);
}

typedef int start_main(int (*)(int, char **, char **), int, char **,
                       void (*)(void), void (*)(void), void (*)(void), void *);

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv,
                      void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end) {
    start_main *real = (start_main *)dlsym(RTLD_NEXT, "__libc_start_main");
    tool = main;
    return real(begin, argc, argv, init, fini, rtld_fini, stack_end);
}
