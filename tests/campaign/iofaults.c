/* Preloaded into a tool, makes one call to the system go wrong: that number
 * FAULT_N of the calls named FAULT_CALL, as FAULT_KIND says: EIO, ENOSPC,
 * EINTR, EMFILE, or "short", by which half is read or written. At the end
 * FAULT_LOG gets a line "CALL COUNT" for each, and "left NAME" for each
 * temporary file or folder that is still there. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum call {
    ACCESS,
    CLOSE,
    FOPEN,
    FSTAT,
    FSYNC,
    LSTAT,
    MKDIR,
    MKDTEMP,
    MKSTEMP,
    OPEN,
    OPENAT,
    OPENDIR,
    PREAD,
    READ,
    READDIR,
    READLINK,
    RENAME,
    STAT,
    WRITE,
    CALLS
};

static const char *const names[CALLS] = {
    "access",  "close",    "fopen",  "fstat",  "fsync",   "lstat", "mkdir",
    "mkdtemp", "mkstemp",  "open",   "openat", "opendir", "pread", "read",
    "readdir", "readlink", "rename", "stat",   "write"};

static atomic_long counts[CALLS];

#define KEPT 64
static char *made[KEPT];
static atomic_int made_count;

/* ---- whose turn it is ---- */

static int error_of(const char *kind) {
    return strcmp(kind, "EIO") == 0      ? EIO
           : strcmp(kind, "ENOSPC") == 0 ? ENOSPC
           : strcmp(kind, "EINTR") == 0  ? EINTR
           : strcmp(kind, "EMFILE") == 0 ? EMFILE
                                         : 0;
}

/* Is it this call's turn? The error, or -1 for half of it; 0 = no. */
static int turn(enum call call) {
    long n = atomic_fetch_add(&counts[call], 1) + 1;
    const char *which = getenv("FAULT_CALL"), *kind = getenv("FAULT_KIND");
    const char *number = getenv("FAULT_N");
    if (!which || !kind || !number || strcmp(which, names[call]) != 0 ||
        strtol(number, NULL, 10) != n)
        return 0;
    int error = error_of(kind);
    return error ? error : -1;
}

/* Fails it, if it is its turn. */
static int fails(enum call call) {
    int error = turn(call);
    if (error > 0)
        errno = error;
    return error > 0;
}

static void *real(const char *name) {
    return dlsym(RTLD_NEXT, name);
}

/* ---- the account ---- */

static void put(int fd, const char *text) {
    syscall(SYS_write, fd, text, strlen(text));
}

static void account(void) {
    const char *log = getenv("FAULT_LOG");
    char line[4200];
    int fd = log ? (int)syscall(SYS_openat, AT_FDCWD, log,
                                O_WRONLY | O_CREAT | O_APPEND, 0666)
                 : -1;
    if (fd < 0)
        return;
    for (int i = 0; i < CALLS; i++) {
        snprintf(line, sizeof line, "%s %ld\n", names[i],
                 atomic_load(&counts[i]));
        put(fd, line);
    }
    for (int i = 0; i < atomic_load(&made_count) && i < KEPT; i++)
        if (made[i] && syscall(SYS_faccessat, AT_FDCWD, made[i], F_OK) == 0) {
            snprintf(line, sizeof line, "left %s\n", made[i]);
            put(fd, line);
        }
    syscall(SYS_close, fd);
}

static pid_t first; /* the tool, not a child of it */

__attribute__((constructor)) static void begin(void) {
    first = getpid();
}

__attribute__((destructor)) static void end(void) {
    account();
}

/* Tools leave without the destructors of libraries. */
_Noreturn void _exit(int status) {
    if (getpid() == first)
        account();
    syscall(SYS_exit_group, status);
    for (;;)
        continue;
}

/* What the tool calls for help is to be left alone. */
__attribute__((constructor)) static void alone(void) {
    unsetenv("LD_PRELOAD");
}

static void note_made(const char *name) {
    int i = atomic_fetch_add(&made_count, 1);
    if (i < KEPT)
        made[i] = strdup(name);
}

/* ---- the calls ---- */

#define OPENER(name, call)                                                     \
    int name(const char *path, int flags, ...) {                               \
        va_list ap;                                                            \
        va_start(ap, flags);                                                   \
        unsigned mode = flags & O_CREAT ? va_arg(ap, unsigned) : 0;            \
        va_end(ap);                                                            \
        int (*f)(const char *, int, ...) =                                     \
            (int (*)(const char *, int, ...))real(#name);                      \
        return fails(call) ? -1 : f(path, flags, mode);                        \
    }
OPENER(open, OPEN)
OPENER(open64, OPEN)

#define OPENER_AT(name, call)                                                  \
    int name(int dir, const char *path, int flags, ...) {                      \
        va_list ap;                                                            \
        va_start(ap, flags);                                                   \
        unsigned mode = flags & O_CREAT ? va_arg(ap, unsigned) : 0;            \
        va_end(ap);                                                            \
        int (*f)(int, const char *, int, ...) =                                \
            (int (*)(int, const char *, int, ...))real(#name);                 \
        return fails(call) ? -1 : f(dir, path, flags, mode);                   \
    }
OPENER_AT(openat, OPENAT)
OPENER_AT(openat64, OPENAT)

#define CALL(type, name, call, failed, params, args)                           \
    type name params {                                                         \
        type(*f) params = (type(*) params)real(#name);                         \
        return fails(call) ? failed : f args;                                  \
    }
CALL(FILE *, fopen, FOPEN, NULL, (const char *path, const char *mode),
     (path, mode))
CALL(FILE *, fopen64, FOPEN, NULL, (const char *path, const char *mode),
     (path, mode))
CALL(int, access, ACCESS, -1, (const char *path, int mode), (path, mode))
CALL(int, fsync, FSYNC, -1, (int fd), (fd))
CALL(int, rename, RENAME, -1, (const char *from, const char *to), (from, to))
CALL(int, mkdir, MKDIR, -1, (const char *path, mode_t mode), (path, mode))
CALL(int, mkdirat, MKDIR, -1, (int dir, const char *path, mode_t mode),
     (dir, path, mode))
CALL(DIR *, opendir, OPENDIR, NULL, (const char *path), (path))
CALL(struct dirent *, readdir, READDIR, NULL, (DIR * dir), (dir))
CALL(struct dirent64 *, readdir64, READDIR, NULL, (DIR * dir), (dir))
CALL(int, stat, STAT, -1, (const char *path, struct stat *st), (path, st))
CALL(int, lstat, LSTAT, -1, (const char *path, struct stat *st), (path, st))
CALL(int, fstat, FSTAT, -1, (int fd, struct stat *st), (fd, st))
CALL(int, fstatat, LSTAT, -1,
     (int dir, const char *path, struct stat *st, int flags),
     (dir, path, st, flags))
CALL(ssize_t, readlink, READLINK, -1, (const char *path, char *link, size_t n),
     (path, link, n))

/* The descriptor is gone even when closing it fails. */
int close(int fd) {
    int (*f)(int) = (int (*)(int))real("close");
    int error = turn(CLOSE), rc = f(fd);
    if (error <= 0)
        return rc;
    errno = error;
    return -1;
}

int mkstemp(char *name) {
    int (*f)(char *) = (int (*)(char *))real("mkstemp");
    int fd = fails(MKSTEMP) ? -1 : f(name);
    if (fd >= 0)
        note_made(name);
    return fd;
}

char *mkdtemp(char *name) {
    char *(*f)(char *) = (char *(*)(char *))real("mkdtemp");
    char *dir = fails(MKDTEMP) ? NULL : f(name);
    if (dir)
        note_made(dir);
    return dir;
}

/* Half of n, and no less than one byte; n, as long as nothing is wrong. */
static size_t part(int error, size_t n) {
    return error < 0 && n > 1 ? n / 2 : n;
}

#define MOVER(name, call, bytes, more, args)                                   \
    ssize_t name(int fd, bytes data, size_t n more) {                          \
        ssize_t (*f)(int, bytes, size_t more) =                                \
            (ssize_t(*)(int, bytes, size_t more))real(#name);                  \
        int error = turn(call);                                                \
        if (error > 0) {                                                       \
            errno = error;                                                     \
            return -1;                                                         \
        }                                                                      \
        return f(fd, data, part(error, n) args);                               \
    }
#define NOTHING
#define COMMA ,
MOVER(read, READ, void *, NOTHING, NOTHING)
MOVER(write, WRITE, const void *, NOTHING, NOTHING)
MOVER(pread, PREAD, void *, COMMA off_t at, COMMA at)
MOVER(pread64, PREAD, void *, COMMA off_t at, COMMA at)
