/* Downloads that are not whole yet: see part.h. SPDX-License-Identifier: MIT */
#include "part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nott/base/buf.h"
#include "nott/base/file.h"

int part_name(struct part *p, const char *path, struct err *e) {
    *p = (struct part){.fd = -1};
    int n = snprintf(p->tag, sizeof p->tag, "%s.part.tag", path);
    snprintf(p->path, sizeof p->path, "%s.part", path);
    if (n < 0 || (size_t)n >= sizeof p->tag)
        return err_set(e, ERR_IO, "%s: name too long", path);
    return 0;
}

int part_open(struct part *p, const char *path, struct err *e) {
    struct stat st;
    if (part_name(p, path, e))
        return -1;
    p->fd =
        file_open_at(AT_FDCWD, p->path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (p->fd < 0 || fstat(p->fd, &st)) {
        err_errno(e, "%s", p->path);
        part_close(p);
        return -1;
    }
    if (!S_ISREG(st.st_mode)) {
        part_close(p);
        return err_set(e, ERR_IO, "%s: not a regular file", p->path);
    }
    p->done = (uint64_t)st.st_size;
    return 0;
}

int part_empty(struct part *p, struct err *e) {
    p->done = 0;
    unlink(p->tag);
    return ftruncate(p->fd, 0) ? err_errno(e, "%s", p->path) : 0;
}

/* The file position is of no meaning. */
int part_add(struct part *p, const char *data, size_t n) {
    while (n) {
        ssize_t done = pwrite(p->fd, data, n, (off_t)p->done);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        p->done += (uint64_t)done;
        data += done;
        n -= (size_t)done;
    }
    return 0;
}

static size_t printable(const char *text) {
    size_t n = 0;
    while ((unsigned char)text[n] >= 0x20)
        n++;
    return n;
}

int part_can_keep(const char *validator) {
    size_t n = printable(validator);
    return n && n < PART_VALIDATOR && !validator[n];
}

/* Written in place, since half of it is seen to be no tag: the last newline is
 * missing. A temporary file would be left behind by a kill. */
void part_mark(const struct part *p, const char *url, const char *validator) {
    struct buf b = {0};
    unlink(p->tag);
    if (!validator || !part_can_keep(validator))
        return;
    buf_printf(&b, "%s\n%s\n", url, validator);
    int fd = file_open_at(AT_FDCWD, p->tag, O_WRONLY | O_CREAT | O_EXCL, 0666);
    int bad = b.failed || fd < 0 || file_write_all(fd, b.data, b.len);
    if ((fd >= 0 && file_close(fd)) || bad)
        unlink(p->tag);
    buf_free(&b);
}

int part_validator(const struct part *p, const char *url,
                   char value[PART_VALIDATOR]) {
    struct buf b = {0};
    size_t n = strlen(url), len = 0;
    if (file_read(&b, p->tag, n + PART_VALIDATOR + 1, NULL) == 0 &&
        b.len > n + 2 && memcmp(b.data, url, n) == 0 && b.data[n] == '\n') {
        const char *text = (const char *)b.data + n + 1;
        len = printable(text);
        if (text[len] == '\n' && len && len < PART_VALIDATOR)
            snprintf(value, PART_VALIDATOR, "%.*s", (int)len, text);
        else
            len = 0;
    }
    buf_free(&b);
    return len > 0;
}

int part_is_of_use(const struct part *p) {
    return p->done && access(p->tag, F_OK) == 0;
}

int part_finish(struct part *p, struct err *e) {
    int fd = p->fd;
    if (fchmod(fd, (mode_t)file_mode(0666)) || file_sync(fd))
        return err_errno(e, "%s", p->path);
    p->fd = -1;
    return file_close(fd) ? err_errno(e, "%s", p->path) : 0;
}

void part_close(struct part *p) {
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

void part_drop(const struct part *p) {
    unlink(p->path);
    unlink(p->tag);
}
