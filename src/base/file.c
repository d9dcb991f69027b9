/* Files: see file.h. SPDX-License-Identifier: MIT */
#include "nott/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_path file_in(const char *dir, const char *name) {
    struct file_path path;
    snprintf(path.text, sizeof path.text, "%s%s%s", dir, *dir ? "/" : "", name);
    return path;
}

int file_join(char *dst, size_t cap, const char *dir, const char *name,
              struct err *e) {
    int n = snprintf(dst, cap, "%s%s%s", dir, *dir ? "/" : "", name);
    if (n < 0 || (size_t)n >= cap)
        return err_set(e, ERR_FORMAT, "%s: path too long", name);
    return 0;
}

int file_ends_in(const char *path, const char *ending) {
    size_t n = strlen(path), k = strlen(ending);
    return n > k && path[n - k - 1] != '/' &&
           strcasecmp(path + n - k, ending) == 0;
}

int file_is_midi_name(const char *path) {
    static const char *const endings[] = {".mid", ".midi", ".kar", ".rmi"};
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    if (!dot || base[0] == '.')
        return 0;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (!strcasecmp(dot, endings[i]))
            return 1;
    return 0;
}

/* The mask can only be read by setting it. */
unsigned file_mode(unsigned wanted) {
    mode_t mask = umask(0);
    umask(mask);
    return wanted & ~(unsigned)mask;
}

/* ---- reading ---- */

int file_open_regular(const char *path, uint64_t *size, struct err *e) {
    /* O_NONBLOCK: opening a FIFO must fail the S_ISREG test, not hang. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_errno(e, "%s", path);
    struct stat st;
    if (fstat(fd, &st))
        err_errno(e, "%s", path);
    else if (!S_ISREG(st.st_mode))
        err_set(e, ERR_FORMAT, "%s: not a regular file", path);
    else {
        if (size)
            *size = (uint64_t)st.st_size;
        return fd;
    }
    close(fd);
    return -1;
}

/* Appends all that is left to read. */
static int read_rest(struct buf *b, int fd, const char *path, size_t max,
                     struct err *e) {
    uint8_t block[65536];
    size_t have = 0;
    for (;;) {
        ssize_t n = read(fd, block, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(e, "%s", path);
        if (n == 0)
            return buf_ok(b, path, e);
        have += (size_t)n;
        if (have > max)
            return err_set(e, ERR_FORMAT, "%s: larger than %zu bytes", path,
                           max);
        buf_add(b, block, (size_t)n);
    }
}

int file_read(struct buf *b, const char *path, size_t max, struct err *e) {
    int fd = file_open_regular(path, NULL, e);
    if (fd < 0)
        return -1;
    int rc = read_rest(b, fd, path, max, e);
    close(fd);
    return rc;
}

int file_read_input(struct buf *b, size_t max, struct err *e) {
    return read_rest(b, STDIN_FILENO, "standard input", max, e);
}

/* ---- writing ---- */

int file_write_all(int fd, const void *bytes, size_t n) {
    const uint8_t *data = bytes;
    while (n) {
        ssize_t done = write(fd, data, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        data += done;
        n -= (size_t)done;
    }
    return 0;
}

/* The rename itself must survive a power cut, so the folder is synced too;
 * file systems that cannot sync a folder are not an error. */
void file_sync_parent(const char *path) {
    char dir[4096];
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    if (n >= sizeof dir)
        return;
    memcpy(dir, path, n);
    dir[n] = 0;
    int fd = open(n ? dir : slash ? "/" : ".", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

static int temporary_name(char *tmp, size_t cap, const char *path,
                          struct err *e) {
    int n = snprintf(tmp, cap, "%s" FILE_TEMPORARY, path);
    if (n < 0 || (size_t)n >= cap)
        return err_set(e, ERR_IO, "%s: name too long", path);
    return 0;
}

int file_temporary(char *tmp, size_t cap, const char *path, struct err *e) {
    if (temporary_name(tmp, cap, path, e))
        return -1;
    int fd = mkstemp(tmp);
    return fd < 0 ? err_errno(e, "%s", path) : fd;
}

int file_temporary_dir(char *tmp, size_t cap, const char *path, struct err *e) {
    if (temporary_name(tmp, cap, path, e))
        return -1;
    return mkdtemp(tmp) ? 0 : err_errno(e, "%s", path);
}

/* What must stay as it is: devices, pipes, folders, and what is protected from
 * writing, which a rename would replace all the same. */
static int check_target(const char *path, struct err *e) {
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
        return err_errno(e, "%s", path);
    }
    if (access(path, W_OK) && errno != ENOENT)
        return err_errno(e, "%s", path);
    return 0;
}

int file_write(const char *path, const void *data, size_t n, struct err *e) {
    char tmp[4096];
    if (check_target(path, e))
        return -1;
    int fd = file_temporary(tmp, sizeof tmp, path, e);
    if (fd < 0)
        return -1;
    int bad = fchmod(fd, (mode_t)file_mode(0666)) ||
              file_write_all(fd, data, n) || fsync(fd);
    int saved = errno;
    if (close(fd) && !bad) {
        bad = 1;
        saved = errno;
    }
    if (!bad && rename(tmp, path)) {
        bad = 1;
        saved = errno;
    }
    if (bad) {
        unlink(tmp);
        errno = saved;
        return err_errno(e, "%s", path);
    }
    file_sync_parent(path);
    return 0;
}

int file_make_dir(const char *path, struct err *e) {
    char part[4096];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof part)
        return err_set(e, ERR_IO, "%s: bad folder name", path);
    memcpy(part, path, n + 1);
    for (char *p = part + 1;; p++) {
        if (*p != '/' && *p != 0)
            continue;
        char keep = *p;
        *p = 0;
        if (mkdir(part, 0777) && errno != EEXIST)
            return err_errno(e, "%s", part);
        *p = keep;
        if (!keep)
            break;
    }
    struct stat st;
    if (stat(path, &st) || !S_ISDIR(st.st_mode))
        return err_set(e, ERR_IO, "%s: not a folder", path);
    return 0;
}
