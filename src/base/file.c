/* Files: see file.h. SPDX-License-Identifier: MIT */
#include "nott/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
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

int file_is_there(const char *path, struct err *e) {
    if (access(path, F_OK) == 0)
        return 1;
    return errno == ENOENT || errno == ENOTDIR ? 0 : err_errno(e, "%s", path);
}

/* The mask can only be read by setting it. */
unsigned file_mode(unsigned wanted) {
    mode_t mask = umask(0);
    umask(mask);
    return wanted & ~(unsigned)mask;
}

/* ---- descriptors ---- */

int file_open_at(int dir, const char *path, int flags, unsigned mode) {
    int fd;
    do {
        fd = openat(dir, path, flags | O_CLOEXEC, (mode_t)mode);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

DIR *file_open_dir(const char *path) {
    DIR *dir;
    do {
        dir = opendir(path);
    } while (!dir && errno == EINTR);
    return dir;
}

/* After EINTR the descriptor is gone, and may be another thread's. */
int file_close(int fd) {
    return close(fd) && errno != EINTR ? -1 : 0;
}

int file_lock(int fd, int wait) {
    int rc;
    do {
        rc = flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB));
    } while (rc && errno == EINTR);
    if (rc == 0)
        return 1;
    return errno == EWOULDBLOCK ? 0 : -1;
}

int file_sync(int fd) {
    int rc;
    do {
        rc = fsync(fd);
    } while (rc && errno == EINTR);
    return rc;
}

/* ---- reading ---- */

static int not_regular(const char *path, struct err *e) {
    return err_set(e, ERR_FORMAT, "%s: not a regular file", path);
}

int file_open_regular(const char *path, uint64_t *size, struct err *e) {
    /* Looked at before it is opened, which a socket refuses, and to which a
     * device may answer by doing something; and again, for it may have become
     * another. O_NONBLOCK: then too, opening a FIFO must not hang. */
    struct stat st;
    if (stat(path, &st))
        return err_errno(e, "%s", path);
    if (!S_ISREG(st.st_mode))
        return not_regular(path, e);
    int fd = file_open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0)
        return err_errno(e, "%s", path);
    if (fstat(fd, &st))
        err_errno(e, "%s", path);
    else if (!S_ISREG(st.st_mode))
        not_regular(path, e);
    else {
        if (size)
            *size = (uint64_t)st.st_size;
        return fd;
    }
    close(fd);
    return -1;
}

static int too_large(const char *path, size_t max, struct err *e) {
    return err_set(e, ERR_FORMAT, "%s: larger than %zu bytes", path, max);
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
            return too_large(path, max, e);
        buf_add(b, block, (size_t)n);
    }
}

int file_read(struct buf *b, const char *path, size_t max, struct err *e) {
    uint64_t size;
    int fd = file_open_regular(path, &size, e);
    if (fd < 0)
        return -1;
    int rc =
        size > max ? too_large(path, max, e) : read_rest(b, fd, path, max, e);
    close(fd);
    return rc;
}

int64_t file_read_at(int fd, void *bytes, size_t n, uint64_t at) {
    uint8_t *to = bytes;
    size_t have = 0;
    while (have < n) {
        ssize_t got = pread(fd, to + have, n - have, (off_t)(at + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    return (int64_t)have;
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
    char dir[FILE_PATH];
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    if (n >= sizeof dir)
        return;
    memcpy(dir, path, n);
    dir[n] = 0;
    int fd = file_open_at(AT_FDCWD, n ? dir : slash ? "/" : ".", O_RDONLY, 0);
    if (fd >= 0) {
        file_sync(fd);
        close(fd);
    }
}

/* ---- temporary files ---- */

static const char *last_part(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* How much of a name stays where the temporary one may be no longer: the system
 * may take that where it takes nothing longer. Letters of UTF-8 stay whole. 0 =
 * it is no help. */
static size_t shorter_base(const char *base) {
    size_t n = strlen(base), less = sizeof FILE_TEMPORARY - 1;
    n = n > less ? n - less : 0;
    while (n && ((unsigned char)base[n] & 0xc0) == 0x80)
        n--;
    return n;
}

/* -1 if there is none, or it does not fit. */
static int name_temporary(char *tmp, size_t cap, const char *path,
                          int shorter) {
    static const char mark[] = FILE_TEMPORARY;
    const char *base = last_part(path);
    size_t n = shorter ? shorter_base(base) : strlen(base);
    if (shorter && !n)
        return -1;
    int all = (int)((size_t)(base - path) + n);
    int len = snprintf(tmp, cap, "%.*s%s", all, path, mark);
    return len < 0 || (size_t)len >= cap ? -1 : 0;
}

size_t file_before_temporary(const char *name, size_t n) {
    static const char mark[] = FILE_TEMPORARY;
    size_t more = sizeof mark - 1;
    if (n <= more || strncmp(name + n - more, mark, strcspn(mark, "X")) != 0)
        return 0;
    return n - more;
}

int file_is_temporary(const char *name, const char *base) {
    size_t n = file_before_temporary(name, strlen(name));
    return n && (n == strlen(base) || n == shorter_base(base)) &&
           strncmp(name, base, n) == 0;
}

static int make_temporary(char *tmp, size_t cap, const char *path,
                          int (*make)(char *name), struct err *e) {
    int rc = -1;
    for (int shorter = 0; rc < 0 && shorter < 2; shorter++) {
        errno = ENAMETOOLONG;
        if (name_temporary(tmp, cap, path, shorter) == 0)
            rc = make(tmp);
        if (rc < 0 && errno != ENAMETOOLONG)
            break;
    }
    return rc < 0 ? err_errno(e, "%s", path) : rc;
}

static int make_folder(char *name) {
    return mkdtemp(name) ? 0 : -1;
}

/* The temporary file that there is, for a signal that comes meanwhile. */
static char pending[FILE_PATH];
static atomic_int is_pending;

int file_temporary(char *tmp, size_t cap, const char *path, struct err *e) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); /* until its name is known */
    int fd = make_temporary(tmp, cap, path, mkstemp, e);
    if (fd >= 0) {
        atomic_store(&is_pending, 0);
        int n = snprintf(pending, sizeof pending, "%s", tmp);
        atomic_store(&is_pending, n > 0 && (size_t)n < sizeof pending);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return fd;
}

void file_remove_temporary(const char *tmp) {
    unlink(tmp);
    atomic_store(&is_pending, 0);
}

void file_abandon(void) {
    if (atomic_exchange(&is_pending, 0))
        unlink(pending);
}

int file_temporary_dir(char *tmp, size_t cap, const char *path, struct err *e) {
    return make_temporary(tmp, cap, path, make_folder, e);
}

/* ---- where a name leads ---- */

#define LINKS 40 /* one behind the other; beyond that they lead in a circle */

/* The number of the open file whose name this is, as of /dev/fd/3; -1 = none.
 */
static int descriptor_of(const char *path) {
    char dir[FILE_PATH];
    struct stat own, st;
    const char *base = last_part(path);
    size_t n = strlen(base);
    if (!n || n > 9 || base == path || strspn(base, "0123456789") != n)
        return -1;
    snprintf(dir, sizeof dir, "%.*s", (int)(base - path), path);
    if (stat("/dev/fd/", &own) || stat(dir, &st))
        return -1;
    int same = own.st_dev == st.st_dev && own.st_ino == st.st_ino;
    return same ? (int)strtol(base, NULL, 10) : -1;
}

/* Takes the link out of the path. */
static int take_link(char target[FILE_PATH], const char *link) {
    size_t n = strlen(link);
    size_t dir = *link == '/' ? 0 : (size_t)(last_part(target) - target);
    if (dir + n >= FILE_PATH) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(target + dir, link, n + 1);
    return 0;
}

int file_target(char target[FILE_PATH], int *descriptor, const char *path,
                struct err *e) {
    char link[FILE_PATH];
    int n = snprintf(target, FILE_PATH, "%s", path);
    *descriptor = -1;
    errno = n < 0 || n >= FILE_PATH ? ENAMETOOLONG : ELOOP;
    for (int i = 0; i <= LINKS && n >= 0 && n < FILE_PATH; i++) {
        *descriptor = descriptor_of(target);
        if (*descriptor >= 0)
            return 0;
        ssize_t len = readlink(target, link, sizeof link - 1);
        if (len < 0 && (errno == EINVAL || errno == ENOENT))
            return 0; /* no link, or nothing yet */
        if (len < 0)
            break;
        link[len] = 0;
        if (take_link(target, link))
            break;
        errno = ELOOP;
    }
    return err_errno(e, "%s", path);
}

/* ---- whole files ---- */

/* The rights of the file that is replaced. Where it cannot be given to the
 * owner and group that had it, nobody gets rights that only these had. */
static int keep_rights(int fd, const struct stat *old) {
    mode_t mode = old->st_mode & 0777;
    struct stat own;
    if (fstat(fd, &own))
        return -1;
    if ((own.st_uid != old->st_uid || own.st_gid != old->st_gid) &&
        fchown(fd, old->st_uid, old->st_gid) &&
        fchown(fd, (uid_t)-1, old->st_gid))
        mode &= ~(mode_t)070 | (mode & 07) << 3;
    return fchmod(fd, mode);
}

/* Under another name until it is whole. `old` NULL: there is nothing yet. */
static int replace(const char *target, const struct stat *old, const void *data,
                   size_t n) {
    char tmp[FILE_PATH];
    if (old && access(target, W_OK))
        return -1;
    int fd = file_temporary(tmp, sizeof tmp, target, NULL);
    if (fd < 0)
        return -1;
    int bad =
        (old ? keep_rights(fd, old) : fchmod(fd, (mode_t)file_mode(0666))) ||
        file_write_all(fd, data, n) || file_sync(fd);
    int saved = errno;
    if (file_close(fd) && !bad) {
        bad = 1;
        saved = errno;
    }
    if (!bad && rename(tmp, target)) {
        bad = 1;
        saved = errno;
    }
    if (bad) {
        file_remove_temporary(tmp);
        errno = saved;
        return -1;
    }
    atomic_store(&is_pending, 0);
    file_sync_parent(target);
    return 0;
}

/* What is no file stays what it is. */
static int write_into(const char *target, const void *data, size_t n) {
    int fd = file_open_at(AT_FDCWD, target, O_WRONLY | O_NOCTTY, 0);
    if (fd < 0)
        return -1;
    int bad = file_write_all(fd, data, n), saved = errno;
    if (file_close(fd) && !bad)
        return -1;
    errno = saved;
    return bad;
}

int file_write(const char *path, const void *data, size_t n, struct err *e) {
    char target[FILE_PATH];
    struct stat st;
    int fd, rc;
    if (file_target(target, &fd, path, e))
        return -1;
    if (fd >= 0) {
        rc = file_write_all(fd, data, n);
    } else if (stat(target, &st)) {
        rc = errno == ENOENT ? replace(target, NULL, data, n) : -1;
    } else if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        rc = -1;
    } else {
        rc = S_ISREG(st.st_mode) ? replace(target, &st, data, n)
                                 : write_into(target, data, n);
    }
    return rc ? err_errno(e, "%s", path) : 0;
}

int file_make_dir(const char *path, struct err *e) {
    char part[FILE_PATH];
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
    if (stat(path, &st))
        return err_errno(e, "%s", path);
    return S_ISDIR(st.st_mode) ? 0
                               : err_set(e, ERR_IO, "%s: not a folder", path);
}
