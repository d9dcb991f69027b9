/* Growable bytes with a maximum, and whole files in and out.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_BUF_H
#define NOTT_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/err.h"

/* A zeroed struct buf is empty and valid; its maximum is then BUF_MAX.
 * After a failed growth `failed` stays set and further appends do nothing, so
 * that a long run of appends needs one check at its end (buf_ok). */
struct buf {
    uint8_t *data; /* owned; `len` bytes in use, always followed by a NUL */
    size_t len, cap;
    size_t max; /* 0 means BUF_MAX */
    int failed;
};

#define BUF_MAX ((size_t)1 << 31)

void buf_free(struct buf *b); /* leaves it empty and valid */
void buf_add(struct buf *b, const void *data, size_t n);
void buf_printf(struct buf *b, const char *fmt, ...) ERR_PRINTF(2, 3);
int buf_ok(const struct buf *b, const char *what, struct err *e); /* ERR_MEM */

/* What a temporary file has after the name of the file that it is to become;
 * only a kill leaves one behind. */
#define FILE_TEMPORARY ".tmp-XXXXXX"

/* Appends the whole regular file at `path` to b; a file larger than `max`
 * bytes is refused. ERR_IO, ERR_FORMAT (too large, not a regular file),
 * ERR_MEM. */
int file_read(struct buf *b, const char *path, size_t max, struct err *e);

/* Writes `path` so that a reader sees either the old file or the whole new
 * one: temporary name in the same folder, write, fsync, rename, fsync of the
 * folder. What exists and is no regular file (a device, a pipe, a folder) is
 * refused, and so is what is protected from writing. A failure removes the
 * temporary file and leaves `path` alone. ERR_IO. */
int file_write(const char *path, const void *data, size_t n, struct err *e);

/* Writes all n bytes, whatever interrupts; -1 with errno. */
int file_write_all(int fd, const void *bytes, size_t n);

/* Syncs the folder in which `path` lies, so that a rename in it survives a
 * power cut; a file system that cannot do that is no error. */
void file_sync_parent(const char *path);

/* Creates the folder and its missing parents. ERR_IO. */
int dir_make(const char *path, struct err *e);

/* "dir/name", just name when dir is ""; for use at once, as in
 * file_in(dir, "x").text. What does not fit is cut: too long for any system. */
struct file_path {
    char text[4352];
};
struct file_path file_in(const char *dir, const char *name);

/* dst = dir + "/" + name (just name when dir is ""). ERR_FORMAT when it does
 * not fit in `cap` bytes. */
int path_join(char *dst, size_t cap, const char *dir, const char *name,
              struct err *e);

#endif
