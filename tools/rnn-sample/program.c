/* Other programs: see program.h. SPDX-License-Identifier: MIT */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/cli.h"

#define PATIENCE  120 /* seconds for a program */
#define NOT_BEGUN 127 /* a child's status, as in a shell */

int program_is_there(const char *program) {
    const char *path = getenv("PATH");
    char name[4096];
    for (const char *p = path ? path : ""; *p;) {
        size_t n = strcspn(p, ":");
        snprintf(name, sizeof name, "%.*s/%s", (int)n, p, program);
        if (access(name, X_OK) == 0 ||
            (errno != ENOENT && errno != ENOTDIR && errno != EACCES))
            return 1; /* or it cannot be known: to begin it will tell */
        p += n + (p[n] == ':');
    }
    return 0;
}

int program_need(const char *program, const char *package, struct err *e) {
    if (program_is_there(program))
        return 0;
    return err_set(e, ERR_USAGE,
                   "%s is not there, which makes this: install the package %s",
                   program, package);
}

/* In the child: what the program prints goes to `out`, its words nowhere. With
 * what it begins itself it is a group of its own, to be ended together; and
 * where a file may not grow it shall end, and not go on without. */
static void become(const char *const *argv, int out) {
    char *words[16];
    size_t n = 0;
    int null = open("/dev/null", O_RDWR);
    setpgid(0, 0);
    signal(SIGXFSZ, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    while (argv[n] && n < 15)
        n++;
    memcpy(words, argv, n * sizeof *words); /* execvp leaves them alone */
    words[n] = NULL;
    if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
        dup2(out, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0)
        execvp(words[0], words);
    _exit(NOT_BEGUN);
}

static time_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* All that comes out of the pipe; -1 when it takes too long, is too much, or is
 * not wanted any more, and when it cannot be read: ERR_IO. */
static int read_all(int fd, struct buf *out, const char *name, struct err *e) {
    time_t end = now() + PATIENCE;
    char block[65536];
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = poll(&p, 1, 1000);
        if (cli_signal || now() > end || out->len > PROGRAM_MOST)
            return -1;
        if (ready < 0 && errno != EINTR)
            return err_errno(e, "%s", name);
        if (ready <= 0)
            continue;
        ssize_t n = read(fd, block, sizeof block);
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return err_errno(e, "%s", name);
        if (n > 0)
            buf_add(out, block, (size_t)n);
    }
}

/* That a program fails may be due to what it was given. That it could not begin
 * or was ended is not. */
static int failed(const char *program, int status, struct err *e) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_BEGUN)
        return err_set(e, ERR_IO, "%s could not be begun", program);
    if (WIFSIGNALED(status) &&
        (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGXFSZ))
        return err_set(e, ERR_IO, "%s was ended: %s", program,
                       strsignal(WTERMSIG(status)));
    return err_set(e, ERR_FORMAT, "%s failed", program);
}

int program_run(const char *const *argv, struct buf *out, struct err *e) {
    int pipes[2], status = 0;
    if (setenv("SOURCE_DATE_EPOCH", "0", 0) || /* the same bytes at any time */
        pipe(pipes))
        return err_errno(e, "%s", argv[0]);
    pid_t child = fork();
    if (child < 0)
        err_errno(e, "%s", argv[0]);
    if (child == 0) {
        close(pipes[0]);
        become(argv, pipes[1]);
    }
    close(pipes[1]);
    if (child > 0)
        setpgid(child, child); /* whoever comes first */
    int rc = child > 0 ? read_all(pipes[0], out, argv[0], e) : -1;
    close(pipes[0]);
    if (child > 0 && rc)
        kill(-child, SIGKILL);
    while (child > 0 && waitpid(child, &status, 0) < 0) {
        if (errno == EINTR)
            continue;
        rc = err_errno(e, "%s", argv[0]);
        break;
    }
    if (rc)
        return err_set(e, ERR_FORMAT, "%s failed", argv[0]);
    return status ? failed(argv[0], status, e) : buf_ok(out, argv[0], e);
}

int program_check(const struct buf *made, const char *first, const char *last,
                  const char *program, struct err *e) {
    const char *text = (const char *)made->data;
    size_t n = made->len, head = strlen(first), tail = strlen(last);
    while (n && strchr("\r\n", text[n - 1]))
        n--;
    if (n >= head + tail && memcmp(text, first, head) == 0 &&
        memcmp(text + n - tail, last, tail) == 0)
        return 0;
    return err_set(e, ERR_FORMAT, "%s failed: what it made is not whole",
                   program);
}
