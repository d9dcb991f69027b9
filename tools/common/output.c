/* What the tools write: see output.h. SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nott/base/file.h"

/* The number of the open file of this process that is meant; -1 = none is. */
static int descriptor_of(const char *output) {
    char target[FILE_PATH];
    int fd;
    if (strcmp(output, "-") == 0)
        return STDOUT_FILENO;
    return file_target(target, &fd, output, NULL) ? -1 : fd;
}

int output_is_stream(const char *output) {
    return descriptor_of(output) == STDOUT_FILENO;
}

int output_is_open(const char *output) {
    return descriptor_of(output) >= 0;
}

const char *output_name(const char *output) {
    return output_is_stream(output) ? "standard output" : output;
}

/* ---- what is named twice ---- */

/* Where a name leads: to a file; or, as long as there is none, to a name in a
 * folder; or, where there is no such folder, to what it says. */
struct place {
    dev_t device; /* of the file, or of the folder */
    ino_t inode;
    char *name;       /* owned; "" for the file */
    const char *path; /* borrowed */
    size_t number;    /* of the output; or MADE or READ */
    int is_stream;
};

#define MADE (SIZE_MAX - 1) /* a folder; comes behind all outputs */
#define READ SIZE_MAX       /* comes behind all */

static int is_nowhere(int error) {
    return error == ENOENT || error == ENOTDIR || error == EACCES ||
           error == ELOOP || error == ENAMETOOLONG;
}

/* That of an open file, if it is one that can be lost. */
static int place_stream(struct place *at, int fd, const char *name,
                        struct err *e) {
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        at->device = st.st_dev;
        at->inode = st.st_ino;
        name = "";
    }
    at->name = strdup(name);
    return at->name ? 0 : err_set(e, ERR_MEM, "outputs: out of memory");
}

static int place_name(struct place *at, const char *path, struct err *e) {
    char target[FILE_PATH], folder[FILE_PATH + 1];
    struct stat st;
    int fd, there = stat(path, &st) == 0;
    const char *name = "";
    if (!there && !is_nowhere(errno))
        return err_errno(e, "%s", path);
    if (!there) {
        name = file_target(target, &fd, path, NULL) ? path : target;
        const char *slash = strrchr(name, '/');
        int n = slash ? (int)(slash - name) + 1 : 0;
        snprintf(folder, sizeof folder, "%.*s.", n, name);
        there = stat(folder, &st) == 0;
        if (!there && !is_nowhere(errno))
            return err_errno(e, "%s", path);
        name = there ? name + n : path;
    }
    at->device = there ? st.st_dev : 0;
    at->inode = there ? st.st_ino : 0;
    at->name = strdup(name);
    return at->name ? 0 : err_set(e, ERR_MEM, "%s: out of memory", path);
}

static int locate(struct place *at, const char *path, size_t number,
                  struct err *e) {
    int is_read = number == READ;
    *at = (struct place){.path = path, .number = number};
    at->is_stream = is_read ? strcmp(path, "-") == 0 : output_is_stream(path);
    return at->is_stream
               ? place_stream(at, is_read ? STDIN_FILENO : STDOUT_FILENO,
                              is_read ? "<" : ">", e)
               : place_name(at, path, e);
}

static int by_place(const struct place *p, const struct place *q) {
    if (p->device != q->device)
        return p->device < q->device ? -1 : 1;
    if (p->inode != q->inode)
        return p->inode < q->inode ? -1 : 1;
    return strcmp(p->name, q->name);
}

static int by_place_and_number(const void *a, const void *b) {
    const struct place *p = a, *q = b;
    int order = by_place(p, q);
    return order ? order : (p->number > q->number) - (p->number < q->number);
}

/* The first of the outputs that is one before it, a folder, or read; *with is
 * the number of what it clashes with. Of one place the outputs are in their
 * order, and folders, and what is read, follow them. */
static const struct place *first_clash(struct place *list, size_t n,
                                       size_t *with) {
    const struct place *first = NULL;
    if (n)
        qsort(list, n, sizeof *list, by_place_and_number);
    for (size_t i = 1; i < n; i++) {
        const struct place *p = &list[i - 1], *q = &list[i];
        int read = q->number == READ;
        const struct place *lost = q->number < MADE ? q : p;
        if (by_place(p, q) != 0 || lost->number >= MADE ||
            (read && p->is_stream) || (first && first->number <= lost->number))
            continue;
        first = lost;
        *with = q->number;
    }
    return first;
}

/* Appends those that are given to the n of the list, numbered, or with the one
 * number that is not 0. */
static int locate_all(struct place *list, size_t *n, struct paths paths,
                      size_t number, struct err *e) {
    for (size_t i = 0; i < paths.count; i++)
        if (paths.list[i] &&
            locate(&list[(*n)++], paths.list[i], number ? number : i, e))
            return -1;
    return 0;
}

static const char *clash_name(size_t with) {
    return with == READ   ? "would be read and written"
           : with == MADE ? "would be a file and a folder"
                          : "named twice";
}

int output_check(struct paths outputs, struct paths inputs, struct err *e) {
    return output_check_tree(outputs, (struct paths){NULL, 0}, inputs, e);
}

int output_check_tree(struct paths outputs, struct paths folders,
                      struct paths inputs, struct err *e) {
    size_t n = 0, streams = 0, with = 0;
    struct place *list =
        calloc(outputs.count + folders.count + inputs.count + 1, sizeof *list);
    if (!list)
        return err_set(e, ERR_MEM, "outputs: out of memory");
    int rc = locate_all(list, &n, outputs, 0, e);
    for (size_t i = 0; i < n; i++)
        streams += (size_t)list[i].is_stream;
    if (rc == 0)
        rc = locate_all(list, &n, folders, MADE, e);
    if (rc == 0)
        rc = locate_all(list, &n, inputs, READ, e);
    const struct place *bad = rc ? NULL : first_clash(list, n, &with);
    if (rc == 0 && streams > 1)
        rc = err_set(e, ERR_USAGE,
                     "standard output: only one thing can go there");
    else if (bad)
        rc = err_set(e, ERR_USAGE, "%s: %s", output_name(bad->path),
                     clash_name(with));
    for (size_t i = 0; i < n; i++)
        free(list[i].name);
    free(list);
    return rc;
}

/* ---- what cannot be written ---- */

/* Leaves of a path the folder that it lies in; 0 = there is none above that. */
static int go_up(char *path) {
    char *slash = strrchr(path, '/');
    if (!slash) {
        snprintf(path, 2, ".");
        return 0;
    }
    while (slash > path && slash[-1] == '/')
        slash--;
    slash[slash == path] = 0;
    return slash > path;
}

/* May a file be made where the path says? What replaces one is another at
 * first, in the same folder. -1 with errno. */
static int has_folder(char *path, int is_made) {
    struct stat st;
    int goes_on = go_up(path);
    while (goes_on && is_made && stat(path, &st) && errno == ENOENT)
        goes_on = go_up(path);
    if (stat(path, &st))
        return -1;
    errno = ENOTDIR;
    return S_ISDIR(st.st_mode) ? access(path, W_OK | X_OK) : -1;
}

int output_check_way(const char *output, int is_made, struct err *e) {
    char path[FILE_PATH];
    struct stat st;
    int fd = STDOUT_FILENO, bad = 0;
    if (!output_is_stream(output) && file_target(path, &fd, output, e))
        return -1;
    if (fd >= 0)
        return 0;
    if (stat(path, &st)) {
        bad = errno != ENOENT || has_folder(path, is_made);
    } else if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        bad = 1;
    } else {
        bad = access(path, W_OK) ||
              (S_ISREG(st.st_mode) && has_folder(path, is_made));
    }
    return bad ? err_errno(e, "%s", output) : 0;
}

/* ---- writing ---- */

int output_check_binary(const char *output, struct err *e) {
    if (!output || !output_is_stream(output) || !isatty(STDOUT_FILENO))
        return 0;
    return err_set(e, ERR_USAGE,
                   "standard output is a terminal, and this is no text: send "
                   "it elsewhere, or name a file");
}

/* Past the buffer of stdout, so that what fails is told here, and once. */
int output_write(const char *output, const struct buf *b, struct err *e) {
    if (!output_is_stream(output))
        return file_write(output, b->data, b->len, e);
    if (file_write_all(STDOUT_FILENO, b->data, b->len))
        return err_errno(e, "%s", output_name(output));
    return 0;
}
