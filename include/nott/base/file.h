/* Files, folders and their names: whole files in and out.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_FILE_H
#define NOTT_FILE_H

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>

#include "nott/base/buf.h"
#include "nott/base/err.h"

/* What a temporary file has after the name of the file that it is to become;
 * only a kill leaves one behind. */
#define FILE_TEMPORARY ".tmp-XXXXXX"

#define FILE_PATH                                                              \
    4096 /* bytes of a path that can be written to, with the NUL */

/* "dir/name", just name when dir is ""; for use at once, as in
 * file_in(dir, "x").text. What does not fit is cut: too long for any system. */
struct file_path {
    char text[4352];
};
struct file_path file_in(const char *dir, const char *name);

/* dst = dir + "/" + name (just name when dir is ""). ERR_FORMAT when it does
 * not fit in `cap` bytes. */
int file_join(char *dst, size_t cap, const char *dir, const char *name,
              struct err *e);

/* Does a path end so ("..." ".abc"), in any case, with a name before it? */
int file_ends_in(const char *path, const char *ending);

/* Is it a MIDI file by its name? One whose last part ends in .mid, .midi, .kar
 * (karaoke) or .rmi (RIFF), of either case, and does not begin with a dot. */
int file_is_midi_name(const char *path);

/* 1 if `path` leads to something, 0 if to nothing; -1 when that cannot be
 * known, which must not be taken for nothing: ERR_IO. */
int file_is_there(const char *path, struct err *e);

/* The permissions that a new file gets of those wanted, e.g. 0666: less what
 * the user's mask takes away. Not for two threads at once. */
unsigned file_mode(unsigned wanted);

/* Opens a regular file for reading; its size goes to *size unless that is NULL.
 * The descriptor, or -1: ERR_IO, ERR_FORMAT (not a regular file). */
int file_open_regular(const char *path, uint64_t *size, struct err *e);

/* Appends the whole regular file at `path` to b; a file larger than `max`
 * bytes is refused before it is read. ERR_IO, ERR_FORMAT (too large, not a
 * regular file), ERR_MEM. */
int file_read(struct buf *b, const char *path, size_t max, struct err *e);

/* The same of standard input up to its end. */
int file_read_input(struct buf *b, size_t max, struct err *e);

/* Where writing to `path` goes. Links are followed to what they lead to, which
 * need not be there yet. A name for an open file of this process, as
 * /dev/stdout or /dev/fd/3, gives its number, else *descriptor is -1. ERR_IO:
 * links in a circle, too long, no way there. */
int file_target(char target[FILE_PATH], int *descriptor, const char *path,
                struct err *e);

/* Writes `path`, or what it leads to (file_target). A regular file, or a new
 * one, so that a reader sees either the old file or the whole new one:
 * temporary name in the same folder, write, fsync, rename, fsync of the folder.
 * It keeps its permissions, and its owner where that may be. A failure removes
 * the temporary file and leaves the old one alone. What is protected from
 * writing is refused, and so is a folder. Into a pipe, a device or an open file
 * of this process it writes plainly. ERR_IO. */
int file_write(const char *path, const void *data, size_t n, struct err *e);

/* The length of a name of n bytes without the ending of a temporary file; 0 =
 * it has none. */
size_t file_before_temporary(const char *name, size_t n);

/* May it be the name, without a path, of a temporary file or folder of what is
 * to become `base`? */
int file_is_temporary(const char *name, const char *base);

/* Makes an empty file beside `path`, for the user alone, of a name that is
 * new: tmp = path + FILE_TEMPORARY with its X replaced, where that is too long
 * with the end of the path left out. The descriptor, or -1 with an error that
 * names `path`: ERR_IO. One at a time, which ends by file_remove_temporary. */
int file_temporary(char *tmp, size_t cap, const char *path, struct err *e);
void file_remove_temporary(const char *tmp);

/* For a signal handler that ends the program: removes the temporary file of
 * file_temporary or file_write, if there is one just then. */
void file_abandon(void);

/* The same with a folder; 0 or -1. */
int file_temporary_dir(char *tmp, size_t cap, const char *path, struct err *e);

/* Reads up to n bytes from `at` on, fewer only at the end of the file, whatever
 * interrupts. How many, or -1 with errno. */
int64_t file_read_at(int fd, void *bytes, size_t n, uint64_t at);

/* Writes all n bytes, whatever interrupts; -1 with errno. */
int file_write_all(int fd, const void *bytes, size_t n);

/* openat (AT_FDCWD: from here) with O_CLOEXEC, opendir, fsync and close: a
 * signal that comes between is no failure. As these they set errno. */
int file_open_at(int dir, const char *path, int flags, unsigned mode);
DIR *file_open_dir(const char *path);
int file_sync(int fd);
int file_close(int fd);

/* Locks an open file for this process alone: 1, or 0 if another has it and it
 * is not to be waited for. -1 with errno where nothing can be locked, as on
 * some file systems. */
int file_lock(int fd, int wait);

/* Syncs the folder in which `path` lies, so that a rename in it survives a
 * power cut; a file system that cannot do that is no error. */
void file_sync_parent(const char *path);

/* Creates the folder and its missing parents. ERR_IO. */
int file_make_dir(const char *path, struct err *e);

#endif
