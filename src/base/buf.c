/* Growable bytes and whole files: see buf.h. SPDX-License-Identifier: MIT */
#include "nott/base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void buf_free(struct buf *b) {
    free(b->data);
    *b = (struct buf){.max = b->max};
}

/* Makes room for n more bytes and the closing NUL. */
static int buf_reserve(struct buf *b, size_t n) {
    size_t max = b->max ? b->max : BUF_MAX;
    if (b->failed || n > max || b->len > max - n) {
        b->failed = 1;
        return -1;
    }
    size_t need = b->len + n + 1;
    if (need <= b->cap)
        return 0;
    size_t cap = b->cap ? b->cap : 256;
    while (cap < need)
        cap *= 2;
    uint8_t *data = realloc(b->data, cap);
    if (!data) {
        b->failed = 1;
        return -1;
    }
    b->data = data;
    b->cap = cap;
    return 0;
}

void buf_add(struct buf *b, const void *data, size_t n) {
    if (buf_reserve(b, n))
        return;
    if (n)
        memcpy(b->data + b->len, data, n);
    b->len += n;
    b->data[b->len] = 0;
}

void buf_printf(struct buf *b, const char *fmt, ...) {
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        b->failed = 1;
    else if (buf_reserve(b, (size_t)n) == 0) {
        vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

int buf_ok(const struct buf *b, const char *what, struct err *e) {
    return b->failed ? err_set(e, ERR_MEM, "%s: out of memory", what) : 0;
}

int file_read(struct buf *b, const char *path, size_t max, struct err *e) {
    /* O_NONBLOCK: opening a FIFO must fail the S_ISREG test, not hang. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_errno(e, "%s", path);
    int rc = -1;
    struct stat st;
    if (fstat(fd, &st)) {
        err_errno(e, "%s", path);
        goto out;
    }
    if (!S_ISREG(st.st_mode)) {
        err_set(e, ERR_FORMAT, "%s: not a regular file", path);
        goto out;
    }
    size_t have = 0;
    for (;;) {
        uint8_t block[65536];
        ssize_t n = read(fd, block, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            err_errno(e, "%s", path);
            goto out;
        }
        if (n == 0)
            break;
        have += (size_t)n;
        if (have > max) {
            err_set(e, ERR_FORMAT, "%s: larger than %zu bytes", path, max);
            goto out;
        }
        buf_add(b, block, (size_t)n);
    }
    rc = buf_ok(b, path, e);
out:
    close(fd);
    return rc;
}

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

int file_write(const char *path, const void *data, size_t n, struct err *e) {
    char tmp[4096];
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
        return err_errno(e, "%s", path);
    }
    if (access(path, W_OK) && errno != ENOENT)
        return err_errno(e, "%s", path);
    int len = snprintf(tmp, sizeof tmp, "%s" FILE_TEMPORARY, path);
    if (len < 0 || (size_t)len >= sizeof tmp)
        return err_set(e, ERR_IO, "%s: name too long", path);
    int fd = mkstemp(tmp);
    if (fd < 0)
        return err_errno(e, "%s", path);
    mode_t mask = umask(0);
    umask(mask);
    int bad =
        fchmod(fd, 0666 & ~mask) || file_write_all(fd, data, n) || fsync(fd);
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

int dir_make(const char *path, struct err *e) {
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

struct file_path file_in(const char *dir, const char *name) {
    struct file_path path;
    snprintf(path.text, sizeof path.text, "%s%s%s", dir, *dir ? "/" : "", name);
    return path;
}

int path_join(char *dst, size_t cap, const char *dir, const char *name,
              struct err *e) {
    int n = snprintf(dst, cap, "%s%s%s", dir, *dir ? "/" : "", name);
    if (n < 0 || (size_t)n >= cap)
        return err_set(e, ERR_FORMAT, "%s: path too long", name);
    return 0;
}
