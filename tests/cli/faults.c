/* Preloaded into a tool, makes one step of writing a file go wrong.
 * FAULT=kill:N dies at the Nth step, FAULT=full:N finds the disk full there.
 * Steps are: making a temporary file, writing (half of it is written then),
 * syncing, renaming. SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is it the turn of this step? Does not come back from a kill. */
static int turn(int fd, const void *data, size_t n) {
    static long steps;
    const char *fault = getenv("FAULT");
    ssize_t (*real)(int, const void *, size_t) =
        (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    if (!fault || strtol(fault + 5, NULL, 10) != ++steps)
        return 0;
    if (n && real(fd, data, n / 2) < 0)
        perror("faults");
    if (fault[0] == 'k')
        kill(getpid(), SIGKILL);
    errno = ENOSPC;
    return 1;
}

static int is_file(int fd) {
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

int mkstemp(char *name) {
    int (*real)(char *) = (int (*)(char *))dlsym(RTLD_NEXT, "mkstemp");
    return turn(-1, NULL, 0) ? -1 : real(name);
}

ssize_t write(int fd, const void *data, size_t n) {
    ssize_t (*real)(int, const void *, size_t) =
        (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    return is_file(fd) && turn(fd, data, n) ? -1 : real(fd, data, n);
}

int fsync(int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return is_file(fd) && turn(-1, NULL, 0) ? -1 : real(fd);
}

int rename(const char *from, const char *to) {
    int (*real)(const char *, const char *) =
        (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
    return turn(-1, NULL, 0) ? -1 : real(from, to);
}
