/* Folders with a manifest: see install.h. SPDX-License-Identifier: MIT */
#include "nott/collect/install.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nott/base/file.h"
#include "nott/base/hash.h"

#define MANIFEST_MAX ((size_t)16 << 20)

/* Tells a folder that is being unpacked from all others, and is locked as long
 * as that goes on. It is removed last, in the folder's own place. */
#define MARK ".unpacking"

/* ---- walking a folder ---- */

/* A walk is at `path`, below the folder that is `root` bytes of it. */
struct walk {
    char path[INSTALL_PATH];
    size_t root;
    /* Called for all that is no folder, and for each folder once it is done.
     * `error` is why nothing more is known of it, or 0. Not 0 ends the walk. */
    int (*visit)(struct walk *w, const struct stat *st, int error);
    size_t files;    /* seen so far */
    struct buf *out; /* of manifest_line */
    struct err *e;
};

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_entry(const struct dirent *d) {
    return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

static int walk_folder(struct walk *w);

static int walk_here(struct walk *w) {
    struct stat st = {.st_mode = 0};
    int error = lstat(w->path, &st) ? errno : 0, rc = 0;
    if (S_ISDIR(st.st_mode)) {
        errno = 0;
        rc = walk_folder(w);
        error = rc < 0 ? errno : 0;
    }
    return rc > 0 ? rc : w->visit(w, &st, error);
}

/* By name. 0, -1 with errno when the folder cannot be listed, or 1 when the
 * walk was ended. (fts_open would write through a null pointer where there is
 * no memory.) */
static int walk_folder(struct walk *w) {
    struct dirent **list;
    size_t at = strlen(w->path);
    int rc = 0, n = scandir(w->path, &list, is_entry, by_name);
    if (n < 0)
        return -1;
    for (int i = 0; i < n; i++) {
        int k =
            snprintf(w->path + at, sizeof w->path - at, "/%s", list[i]->d_name);
        if (rc == 0 && (size_t)k >= sizeof w->path - at)
            rc = w->visit(w, &(struct stat){.st_mode = 0}, ENAMETOOLONG);
        else if (rc == 0)
            rc = walk_here(w);
        free(list[i]);
    }
    free(list);
    w->path[at] = 0;
    return rc ? 1 : 0;
}

/* All in the folder `dir`, and the folder itself. */
static int walk(struct walk *w, const char *dir, struct err *e) {
    w->e = e;
    if (file_join(w->path, sizeof w->path, "", dir, e))
        return -1;
    w->root = strlen(dir);
    return walk_here(w) ? -1 : 0;
}

static int is_at(const struct walk *w, const char *name) {
    return strcmp(w->path + w->root, name) == 0;
}

static void mark_remove(const char *dir) {
    char path[INSTALL_PATH + sizeof MARK];
    snprintf(path, sizeof path, "%s/%s", dir, MARK);
    unlink(path);
}

/* The mark goes last, so that what a kill leaves is still known. */
static int remove_one(struct walk *w, const struct stat *st, int error) {
    (void)error;
    if (is_at(w, ""))
        mark_remove(w->path);
    if (S_ISDIR(st->st_mode))
        rmdir(w->path);
    else if (!is_at(w, "/" MARK))
        unlink(w->path);
    return 0;
}

/* Removes what this room has made itself; errors leave something behind. */
static void tree_remove(const char *dir) {
    struct walk w = {.visit = remove_one};
    walk(&w, dir, NULL);
}

static int failed_at(struct walk *w, int error) {
    errno = error;
    return err_errno(w->e, "%s", w->path);
}

static int is_own(const struct walk *w) {
    return is_at(w, "/" MARK) || is_at(w, "/" INSTALL_MANIFEST);
}

static int count_one(struct walk *w, const struct stat *st, int error) {
    if (error == ENOMEM)
        return failed_at(w, error);
    w->files += (error || !S_ISDIR(st->st_mode)) && !is_own(w);
    return 0;
}

static int count_files(const char *dir, size_t *files, struct err *e) {
    struct walk w = {.visit = count_one};
    int rc = walk(&w, dir, e);
    *files = w.files;
    return rc;
}

/* ---- the manifest ---- */

static int manifest_line(struct walk *w, const struct stat *st, int error) {
    char hex[HASH_HEX];
    if (error || (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode)))
        return failed_at(w, error ? error : EIO);
    if (S_ISDIR(st->st_mode) || is_own(w))
        return 0;
    if (hash_file(w->path, hex, w->e))
        return -1;
    buf_printf(w->out, "%s\t%jd\t%s\n", w->path + w->root + 1,
               (intmax_t)st->st_size, hex);
    return 0;
}

static int manifest_write(const char *dir, const char *zip_hash, size_t files,
                          struct err *e) {
    struct buf b = {.max = MANIFEST_MAX};
    struct walk w = {.visit = manifest_line, .out = &b};
    char path[INSTALL_PATH];
    int rc = file_join(path, sizeof path, dir, INSTALL_MANIFEST, e);
    buf_printf(&b, "%s\t%zu\n", zip_hash, files);
    if (rc == 0)
        rc = walk(&w, dir, e);
    if (rc == 0)
        rc = buf_ok(&b, path, e);
    if (rc == 0)
        rc = file_write(path, b.data, b.len, e);
    buf_free(&b);
    return rc;
}

/* Cuts the text at the first `end`; NULL if there is none. */
static char *field(char **text, char end) {
    char *begin = *text, *stop = strchr(begin, end);
    if (!stop)
        return NULL;
    *stop = 0;
    *text = stop + 1;
    return begin;
}

static int check_file(const char *dir, const char *name, const char *size,
                      const char *hash, struct install_report *report,
                      struct err *e) {
    char path[INSTALL_PATH], now[32], hex[HASH_HEX];
    struct stat st;
    if (file_join(path, sizeof path, dir, name, e))
        return -1;
    if (lstat(path, &st))
        return errno == ENOENT ? err_set(e, ERR_FORMAT, "%s: missing", path)
                               : err_errno(e, "%s", path);
    if (hash_file(path, hex, e))
        return -1;
    snprintf(now, sizeof now, "%jd", (intmax_t)st.st_size);
    if (strcmp(now, size) != 0 || strcmp(hex, hash) != 0)
        return err_set(e, ERR_FORMAT, "%s: changed since it was unpacked",
                       path);
    report->files++;
    report->bytes += (uint64_t)st.st_size;
    return 0;
}

static int damaged(const char *dir, struct err *e) {
    return err_set(e, ERR_FORMAT, "%s/%s: damaged", dir, INSTALL_MANIFEST);
}

/* Cuts the number of files off the first line. Manifests did not always have
 * one: then every file that is there must be listed, or the end is missing. */
static int cut_count(char *line, size_t there, size_t *count) {
    char now[32], *text = line;
    if (!field(&text, '\t')) {
        *count = there;
        return 0;
    }
    *count = strtoul(text, NULL, 10);
    snprintf(now, sizeof now, "%zu", *count);
    return strcmp(now, text) == 0 ? 0 : -1;
}

/* Of a folder with so many files. */
static int check_lines(const char *dir, const char *sha256, struct buf *b,
                       size_t there, struct install_report *report,
                       struct err *e) {
    size_t count;
    if (!b->len || memchr(b->data, 0, b->len))
        return damaged(dir, e);
    char *text = (char *)b->data, *hash = field(&text, '\n');
    if (!hash || cut_count(hash, there, &count) || !hash_is_hex(hash))
        return damaged(dir, e);
    if (sha256 && strcasecmp(hash, sha256) != 0)
        return err_set(e, ERR_FORMAT, "%s: unpacked from another archive", dir);
    while (*text) {
        char *name = field(&text, '\t');
        char *size = name ? field(&text, '\t') : NULL;
        char *sum = size ? field(&text, '\n') : NULL;
        if (!sum)
            return damaged(dir, e);
        if (check_file(dir, name, size, sum, report, e))
            return -1;
    }
    if (report->files && report->files == count)
        return 0;
    return err_set(e, ERR_FORMAT, "%s/%s: lists %zu file%s of %zu", dir,
                   INSTALL_MANIFEST, report->files,
                   report->files == 1 ? "" : "s", count);
}

int install_check(const char *dir, const char *sha256, int *present,
                  struct install_report *report, struct err *e) {
    struct buf b = {0};
    struct stat st;
    char path[INSTALL_PATH];
    size_t there = 0;
    *present = 0;
    *report = (struct install_report){0};
    if (lstat(dir, &st))
        return errno == ENOENT ? 0 : err_errno(e, "%s", dir);
    if (stat(dir, &st) || !S_ISDIR(st.st_mode))
        return err_set(e, ERR_FORMAT, "%s: not a folder", dir);
    if (file_join(path, sizeof path, dir, INSTALL_MANIFEST, e) ||
        count_files(dir, &there, e))
        return -1;
    if (lstat(path, &st))
        return there ? err_set(e, ERR_FORMAT,
                               "%s: not empty, and without a manifest", dir)
                     : 0;
    int rc = file_read(&b, path, MANIFEST_MAX, e);
    if (rc == 0)
        rc = check_lines(dir, sha256, &b, there, report, e);
    buf_free(&b);
    report->others = there > report->files ? there - report->files : 0;
    *present = rc == 0;
    return rc;
}

/* ---- a folder while it is unpacked ---- */

static int parent_of(char parent[INSTALL_PATH], const char *dir,
                     struct err *e) {
    const char *slash = strrchr(dir, '/');
    if (file_join(parent, INSTALL_PATH, "", slash ? dir : ".", e))
        return -1;
    if (slash)
        parent[slash == dir ? 1 : slash - dir] = 0;
    return 0;
}

/* Opens the mark of a folder, or makes it if `how` has O_CREAT, and locks it.
 * The descriptor, or -1. Where nothing can be locked, one that is made goes
 * without, and what is there already belongs to somebody. */
static int mark_hold(const char *dir, int how) {
    char path[INSTALL_PATH + sizeof MARK];
    snprintf(path, sizeof path, "%s/%s", dir, MARK);
    int fd = file_open_at(AT_FDCWD, path, how | O_RDWR | O_NOFOLLOW, 0600);
    int got = fd < 0 ? 0 : file_lock(fd, 0);
    if (got > 0 || (got < 0 && how & O_CREAT))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* An empty folder is one whose mark was still to be made. */
static void sweep_one(char *dir) {
    struct stat st;
    if (lstat(dir, &st) || !S_ISDIR(st.st_mode) || rmdir(dir) == 0)
        return;
    int fd = mark_hold(dir, 0);
    if (fd < 0)
        return;
    tree_remove(dir);
    close(fd);
}

void install_sweep(const char *dir) {
    char parent[INSTALL_PATH], path[INSTALL_PATH];
    const char *slash = strrchr(dir, '/'), *base = slash ? slash + 1 : dir;
    DIR *all = parent_of(parent, dir, NULL) ? NULL : file_open_dir(parent);
    if (!all)
        return;
    for (struct dirent *d = readdir(all); d; d = readdir(all))
        if (file_is_temporary(d->d_name, base) &&
            file_join(path, sizeof path, parent, d->d_name, NULL) == 0)
            sweep_one(path);
    closedir(all);
    if (file_join(path, sizeof path, dir, INSTALL_MANIFEST, NULL) == 0 &&
        access(path, F_OK) == 0) /* it is ours: a kill after the last rename */
        mark_remove(dir);
}

/* ---- putting a folder in place ---- */

static int move_aside(const char *dir, char aside[INSTALL_PATH],
                      struct err *e) {
    struct stat st;
    for (int i = 1; i < 1000; i++) {
        char ending[16] = ".old";
        if (i > 1)
            snprintf(ending, sizeof ending, ".old-%d", i);
        int n = snprintf(aside, INSTALL_PATH, "%s%s", dir, ending);
        if (n < 0 || n >= INSTALL_PATH)
            break;
        if (lstat(aside, &st) == 0 || errno != ENOENT)
            continue;
        return rename(dir, aside) ? err_errno(e, "%s", dir) : 0;
    }
    return err_set(e, ERR_IO, "%s: cannot be moved aside", dir);
}

/* rename() replaces an empty folder and nothing else. */
static int put_in_place(const char *tmp, const char *dir, int replace,
                        char aside[INSTALL_PATH], struct err *e) {
    if (chmod(tmp, (mode_t)file_mode(0777)))
        return err_errno(e, "%s", tmp);
    if (rename(tmp, dir) == 0)
        return 0;
    if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR)
        return err_errno(e, "%s", dir);
    if (!replace)
        return err_set(e, ERR_FORMAT, "%s: exists already", dir);
    if (move_aside(dir, aside, e))
        return -1;
    if (rename(tmp, dir) == 0)
        return 0;
    err_errno(e, "%s", dir);
    rename(aside, dir);
    return -1;
}

void install_abandon(struct install *in) {
    if (in->tmp[0])
        tree_remove(in->tmp);
    if (in->mark >= 0)
        close(in->mark);
    *in = (struct install)INSTALL_NONE;
}

int install_unpack(struct install *in, const struct archive *archive,
                   const char *dir, void (*skip)(void *user, const char *name),
                   int (*stop)(void *user), void *user, struct err *e) {
    char parent[INSTALL_PATH];
    *in = (struct install)INSTALL_NONE;
    if (parent_of(parent, dir, e) || file_make_dir(parent, e) ||
        file_temporary_dir(in->tmp, sizeof in->tmp, dir, e)) {
        in->tmp[0] = 0;
        return -1;
    }
    in->mark = mark_hold(in->tmp, O_CREAT | O_EXCL);
    int rc = in->mark < 0 ? err_errno(e, "%s", in->tmp) : 0;
    if (rc == 0)
        rc = archive_unpack(archive, in->tmp, &archive_default_limits, skip,
                            stop, user, &in->unpacked, e);
    if (rc == 0)
        rc = manifest_write(in->tmp, archive->sha256, in->unpacked.files, e);
    if (rc)
        install_abandon(in);
    return rc;
}

int install_finish(struct install *in, const char *dir, int replace,
                   struct install_report *report, struct err *e) {
    *report = (struct install_report){.files = in->unpacked.files,
                                      .skipped = in->unpacked.skipped,
                                      .bytes = in->unpacked.bytes};
    int rc = put_in_place(in->tmp, dir, replace, report->aside, e);
    if (rc == 0) {
        in->tmp[0] = 0;
        mark_remove(dir);
        file_sync_parent(dir);
    }
    install_abandon(in);
    return rc;
}
